"""The class names in the archive appended to a TFLite file."""

import io
import zipfile


def coco_labels(data: bytes) -> bytes:
    """The 90 COCO ids in order, one per line; `???` marks an unused id."""
    return _appended(data, "labels.txt")


def imagenet_labels(data: bytes) -> bytes:
    """The 1000 ImageNet classes in order, one per line."""
    return _appended(data, "labels_without_background.txt")


def _appended(data: bytes, member: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(member)
