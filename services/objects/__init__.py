"""The objects of a photo: what is detected or marked there, and what holds what."""
