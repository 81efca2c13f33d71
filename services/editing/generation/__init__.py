"""Pairs generated from captions."""
