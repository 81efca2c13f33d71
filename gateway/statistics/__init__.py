"""Statistics of the records of a dataset."""
