"""Observation: what the networks and the pixels show at a region, and the finding that rests on it."""
