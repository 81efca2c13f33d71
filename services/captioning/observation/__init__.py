"""Observation: what networks and pixels show at a region, the finding made of it, and its sentence."""
