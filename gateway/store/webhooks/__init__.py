"""Rows of webhooks, and of the events that are on their way to them."""
