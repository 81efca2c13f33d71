"""Matchers on large networks; they need torch."""
