"""Broken requests as bytes, the same for the same seed: forms, JSON, heads, and how messages are framed."""
