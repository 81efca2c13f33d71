"""Array code that the services share: masks, boxes, vectors, warps, colours, sizes. No network, no domain."""
