"""Tiny random networks in the place of the large ones."""

from tests.services.matching.tiny_networks import blip_folder, clip_file, pictures, processor

__all__ = ["blip_folder", "clip_file", "pictures", "processor"]
