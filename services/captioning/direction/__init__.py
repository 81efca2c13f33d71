"""Direction: whether the images are in the order that captions or an instruction claim."""
