"""Proposals: the places where the evidence gathers into regions."""
