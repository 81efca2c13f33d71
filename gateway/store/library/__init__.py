"""Rows of the library of donors."""
