"""The Difference Area Generator (paper, sections 3.3 and 15.3)."""
