"""Detection: where two images of one scene differ, and how much."""
