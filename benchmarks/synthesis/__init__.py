"""What becomes of requested edits: `python -m benchmarks.synthesis`."""
