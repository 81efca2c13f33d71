"""An image as tables hold it: a path, the bytes of a file, pixels, or a struct of bytes and path."""

from collections.abc import Mapping
from os import PathLike

from imgdiff.client.inputs import Buffer, ImageFile, read_image
from imgdiff.client.pictures import Array, PillowImage
from imgdiff.errors import InvalidImage

_FORMS = "a path, the bytes of a file, a Pillow image, an array, a struct of bytes and path"


def read_cell(cell: object, field: str) -> bytes:
    """The image file in a cell, or its pixels as PNG; raises InvalidImage naming `field`."""
    content = _content(cell)
    if content is None:
        raise InvalidImage.at(f"/{field}", "image.missing", "the cell holds no image")
    if not isinstance(content, str | PathLike | Buffer | PillowImage | Array):
        detail = f"no image, but of type {type(content).__name__}; what holds one: {_FORMS}"
        raise InvalidImage.at(f"/{field}", "image.unreadable", detail)
    image = read_image(content, field)
    return image.content if isinstance(image, ImageFile) else b""


def _content(cell: object) -> object:
    """Of a struct, as `datasets` stores images, its bytes or else its path."""
    if not isinstance(cell, Mapping):
        return cell
    content = cell.get("bytes")
    return cell.get("path") if content is None else content
