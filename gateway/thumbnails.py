"""Small pictures of stored images, made once and kept beside them."""

import io
import threading
from enum import IntEnum

from PIL import Image

from gateway.store.objects import AssetStore
from imgdiff.images import RGB, ImageLimits, decode

_AT_ONCE = threading.BoundedSemaphore(4)  # decoded at a time, each up to 3 bytes a pixel; chosen, not measured
_QUALITY = 80  # of WebP: 10 kB at 320 pixels for a photo


class ThumbnailSize(IntEnum):
    """The longest side of a thumbnail in pixels."""

    SMALL = 160
    MEDIUM = 320
    LARGE = 640


def read_thumbnail(store: AssetStore, asset_id: str, size: ThumbnailSize, limits: ImageLimits) -> bytes:
    """A WebP picture of a stored image, no side longer than `size`; no image is enlarged. Raises NotFound."""
    name = f"{size}.webp"
    found = store.find_derived(asset_id, name)
    if found is None:
        with _AT_ONCE:
            found = _shrink(decode(store.get(asset_id), "/id", limits), size)
        store.put_derived(asset_id, name, found)
    return found


def _shrink(image: RGB, size: int) -> bytes:
    picture = Image.fromarray(image)
    picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY)
    return out.getvalue()
