"""Objects in images: the places that name them, and where a pasted one came from."""
