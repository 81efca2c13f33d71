"""Rows of work: jobs with their pairs, stages and events."""
