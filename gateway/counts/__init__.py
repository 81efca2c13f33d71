"""Counters of datasets, kept up to date: what funnels and statistics would count again each time."""
