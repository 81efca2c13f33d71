"""Records and funnels drawn in the terminal."""
