"""Requests drawn from OpenAPI documents by schemathesis, one by one and along links, and what the answers must be."""
