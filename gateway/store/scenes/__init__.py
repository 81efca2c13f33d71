"""Scenes: images of one photo, its edits and its near-duplicates, found by perceptual hash."""
