"""Rows of API keys, and of the quotas of tenants and keys."""
