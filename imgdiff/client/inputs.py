"""Images as callers pass them: a path, bytes, an open file, or an uploaded asset."""

import base64
import io
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from imgdiff.errors import InvalidImage
from imgdiff.options import AssetRef, InlineRef
from imgdiff.problems import ProblemItem

ImageInput = str | PathLike[str] | bytes | BinaryIO | AssetRef


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
    if isinstance(image, bytes):
        return ImageFile(field, image)
    if isinstance(image, str | PathLike):
        path = Path(image)
        try:
            return ImageFile(path.name, path.read_bytes())
        except OSError as error:
            raise _unreadable(field, f"{path} cannot be read: {error.strerror or error}") from error
    return ImageFile(_name_of(image, field), image.read())


def _name_of(file: BinaryIO, field: str) -> str:
    name = None if isinstance(file, io.BytesIO) else getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else field


def _unreadable(field: str, detail: str) -> InvalidImage:
    item = ProblemItem(pointer=f"/{field}", detail=detail, code="image.unreadable")
    return InvalidImage(f"{field}: {detail}", errors=[item])
