"""Commands that serve other platforms."""
