"""A sample's images as data URIs: the files as they are, or both joined with a black bar between them."""

import base64
from collections.abc import Sequence
from pathlib import Path

from imgdiff.errors import InvalidImage, ServiceUnavailable

_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}


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
    """Both images as the paper joins them for training, as PNG."""
    try:
        from imgdiff.images import ImageLimits, decode, encode_png, join_images  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError as error:
        raise ServiceUnavailable("joined images need more packages: pip install 'imgdiff[eval]'") from error
    return encode_png(join_images(*(decode(data, name, ImageLimits()) for data, name in ((left, "1"), (right, "2")))))
