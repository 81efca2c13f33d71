"""The class names that a TFLite file carries in the archive appended to it."""

import io
import zipfile


def coco_labels(data: bytes) -> bytes:
    """One of the 90 COCO ids a line, in order of id; `???` marks an unused id."""
    return _appended(data, "labels.txt")


def imagenet_labels(data: bytes) -> bytes:
    """One of the 1000 ImageNet classes a line, in order of index."""
    return _appended(data, "labels_without_background.txt")


def _appended(data: bytes, member: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(member)
