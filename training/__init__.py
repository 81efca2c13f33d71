"""Training of the networks that imgdiff makes itself, from pairs with an exact truth made of freely licensed images."""
