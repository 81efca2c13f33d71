"""Speed and memory, one module a measurement."""
