"""The large models that backends run: which there are, what they need, and how they come from the model hub."""
