"""Evidence of change: what two aligned images say about each other, pixel by pixel and cell by cell."""
