"""Captions of photos, and the same captions after an edit: what a synthesis has to show."""
