"""Middleware around every route."""
