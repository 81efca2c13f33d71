"""Connections of both clients: how requests are sent, repeated and given up."""
