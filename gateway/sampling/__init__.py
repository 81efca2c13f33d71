"""Samples of a dataset, balanced over what its records hold."""
