"""What the records of a dataset hold, in numbers."""
