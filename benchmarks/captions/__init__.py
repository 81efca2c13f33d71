"""How true captions are: `python -m benchmarks.captions`."""
