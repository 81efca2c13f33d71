"""Object removal: filling the place that an object leaves."""
