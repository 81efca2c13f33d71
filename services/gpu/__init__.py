"""What the backends on large networks share: the device, batches that fit into it, weights, CLIP. It needs torch."""
