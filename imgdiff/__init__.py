"""imgdiff: where two images differ and what changed, in boxes and sentences, each with its evidence."""

__version__ = "0.1.0"
