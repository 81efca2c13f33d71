"""How well regions are found: `python -m benchmarks.regions`."""
