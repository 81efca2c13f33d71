"""What is kept and what may go: frozen versions, deletion, images that nothing uses."""
