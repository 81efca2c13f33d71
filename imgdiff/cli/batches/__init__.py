"""Batches of the command: manifests read, images uploaded, and a batch followed to its end."""
