"""Requests to addresses that clients name: to public addresses only, resolved once, without redirects."""
