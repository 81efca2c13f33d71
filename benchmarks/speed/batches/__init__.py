"""Speed of taking batches in."""
