"""Requests of clients, however they arrive."""
