"""Rows of batches and their lines."""
