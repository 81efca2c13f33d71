"""The three model services and what they share."""
