"""Pairs by instruction: a model edits a photo, or an image that it generated, as a sentence tells it."""
