"""What finds the scenes of images in the background."""
