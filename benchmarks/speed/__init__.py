"""Seconds and memory, one module a measurement."""
