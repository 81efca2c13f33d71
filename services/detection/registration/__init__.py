"""Registration: image2 laid over image1 and brought into its light."""
