"""Webhooks: receivers of events, and what was sent to them."""
