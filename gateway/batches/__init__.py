"""Batches: files of requests, taken in line by line and worked off behind single requests."""
