"""Evidence of change between two aligned images, by pixel and by cell."""
