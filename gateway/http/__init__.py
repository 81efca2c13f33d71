"""How HTTP is spoken: requests in, responses and problems out. No resource has its home here."""
