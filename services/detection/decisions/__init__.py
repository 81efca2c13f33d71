"""Decisions: which regions are kept, what the pair is as a whole, and the answer that reports both."""
