"""Images as callers pass them: a path, bytes, an open file, a Pillow image, an array, or an uploaded asset."""

import base64
import io
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from imgdiff.client.pictures import Array, PillowImage, array_to_png, pillow_to_png
from imgdiff.errors import InvalidImage
from imgdiff.options import AssetRef, InlineRef
from imgdiff.problems import ProblemItem

Buffer = bytes | bytearray | memoryview
ImageInput = str | PathLike[str] | Buffer | BinaryIO | PillowImage | Array | AssetRef
"""Bytes hold an image file; arrays are height x width (x channels), red first, as `array_to_png` describes."""


@dataclass(frozen=True)
class ImageFile:
    """An image file in memory, so that a retry can resend it."""

    name: str
    content: bytes

    def inline(self) -> InlineRef:
        """The file as part of a JSON body."""
        return InlineRef(base64=base64.b64encode(self.content).decode("ascii"))


def read_image(image: ImageInput, field: str) -> ImageFile | AssetRef:
    """Read an image; `field` names it in errors. Raises InvalidImage if it cannot be read."""
    if isinstance(image, AssetRef):
        return image
    try:
        return _read_file(image, field)
    except OSError as error:
        raise _unreadable(
            field, f"{error.filename or 'the image'} cannot be read: {error.strerror or error}"
        ) from error
    except ValueError as error:
        raise _unreadable(field, str(error)) from error


def _read_file(image: str | PathLike[str] | Buffer | BinaryIO | PillowImage | Array, field: str) -> ImageFile:
    if isinstance(image, memoryview) and image.ndim > 1:
        return ImageFile(field, array_to_png(image))
    if isinstance(image, Buffer):
        return ImageFile(field, bytes(image))
    if isinstance(image, str | PathLike):
        path = Path(image)
        return ImageFile(path.name, path.read_bytes())
    if isinstance(image, PillowImage):
        return ImageFile(field, pillow_to_png(image))
    if isinstance(image, Array):
        return ImageFile(field, array_to_png(image))
    content = image.read()
    if not isinstance(content, bytes):
        raise ValueError("the file is open for text; open it in binary mode")  # noqa: TRY004  reported as a bad image
    return ImageFile(_name_of(image, field), content)


def _name_of(file: BinaryIO, field: str) -> str:
    name = None if isinstance(file, io.BytesIO) else getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else field


def _unreadable(field: str, detail: str) -> InvalidImage:
    item = ProblemItem(pointer=f"/{field}", detail=detail, code="image.unreadable")
    return InvalidImage(f"{field}: {detail}", errors=[item])
