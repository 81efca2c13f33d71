"""The operations on photos, one module each, and what they have in common."""
