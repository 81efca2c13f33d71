"""Batches: many requests in one file of JSON lines, and what became of each."""
