"""Text: what both images read at a region, from lines of ink and the text reader."""
