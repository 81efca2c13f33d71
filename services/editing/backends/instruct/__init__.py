"""Models that edit images by instruction, through diffusers."""
