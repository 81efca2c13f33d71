"""Array code that the services share: masks, pixels, boxes, transforms. No network, no domain."""
