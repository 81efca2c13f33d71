"""A sample's images as data URIs: the files as they are, or both joined with a black bar between them."""

import base64
from collections.abc import Sequence
from pathlib import Path

from imgdiff.errors import InvalidImage, ServiceUnavailable

_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}

_PADDING = (122, 116, 104)  # RGB; CLIP's mean colour, with which LLaVA pads


def read_data_uris(images: Sequence[Path], *, joined: bool) -> list[str]:
    """One data URI an image, or one for two that are joined; raises InvalidImage for a file that is no image."""
    files = [_read(image) for image in images]
    if joined and len(files) > 1:
        return [_to_uri(_join(*files), "image/png")]
    return [_to_uri(data, _media_type(data, path)) for data, path in zip(files, images, strict=True)]


def _read(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise InvalidImage(f"{image} cannot be read: {error.strerror or error}") from error


def _media_type(data: bytes, path: Path) -> str:
    found = next((kind for start, kind in _TYPES.items() if data.startswith(start)), None)
    if found is None:
        raise InvalidImage(f"{path} is no PNG, JPEG, WebP or GIF")
    return found


def _to_uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _join(left: bytes, right: bytes) -> bytes:
    """Both images as the paper joins them for training, on a square as LLaVA pads them, as PNG.

    Without the square, servers on transformers' CLIP processor would cut out the middle and see little but the bar.
    """
    try:
        import numpy as np  # noqa: PLC0415  needs the extra

        from imgdiff.images import ImageLimits, decode, encode_png, join_images  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError as error:
        raise ServiceUnavailable("joined images need more packages: pip install 'imgdiff[eval]'") from error
    joined = join_images(*(decode(data, name, ImageLimits()) for data, name in ((left, "1"), (right, "2"))))
    height, width = joined.shape[:2]
    side = max(height, width)
    square = np.full((side, side, 3), _PADDING, np.uint8)
    top, start = (side - height) // 2, (side - width) // 2
    square[top : top + height, start : start + width] = joined
    return encode_png(square)
