"""Shared by backends on large networks: device, batches, weights and CLIP. It needs torch."""
