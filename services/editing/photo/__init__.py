"""One photo and what is known about it: objects, outlines, surroundings."""
