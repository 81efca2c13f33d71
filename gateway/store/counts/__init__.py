"""Rows of counters that datasets keep, and which pairs they include."""
