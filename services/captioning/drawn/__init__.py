"""Drawn images: what happened at a region of a screen, chart, map or document, from pixels alone."""
