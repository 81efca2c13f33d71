"""The check of every sentence about a region, whoever wrote it, against what the two images show."""
