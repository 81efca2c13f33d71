"""What differs between two images as a whole: one measure a module, each stated only where it is sure."""
