"""Webhooks: what happened is sent to the receivers that a tenant named, signed, until they take it."""
