"""The library of donors: objects that syntheses copy into photos."""
