"""Rows of the quarantines that let suspects run alone."""
