"""Figures of sentences against references. They need the extra `eval`."""
