"""Compositing: cutting objects out, placing them, and fitting them into light and shadow."""
