"""Rows and queries by which the next stage is chosen."""
