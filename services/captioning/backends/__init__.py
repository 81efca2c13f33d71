"""Backends of captioning: the embedded captioner, writers on language models, and text matchers."""
