"""Parsing of requests: bytes and JSON become work, or an error that names the field."""

from collections.abc import Sequence
from dataclasses import dataclass

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Operation
from imgdiff.stages import EditingRequest
from services.english.colours import BASIC, basic_term
from services.serving.request_part import read_request

_NEW_OBJECT = (Operation.REPLACE, Operation.ADD)


@dataclass(frozen=True)
class EditWork:
    """One parsed request; new objects are cut from `donors`."""

    image: RGB | None
    donors: tuple[RGB, ...]
    request: EditingRequest


def parse_edit(image: bytes | None, donors: Sequence[bytes], text: str, limits: ImageLimits) -> EditWork:
    """Parse one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = read_request(text, EditingRequest)
    if request.operation is Operation.RECOLOUR and request.replacement and not basic_term(request.replacement):
        detail = f"not one of the known colours: {', '.join(BASIC)}"
        raise InvalidRequest.at("/request/replacement", "unknown_colour", detail)
    if image is None and request.caption is None:
        raise InvalidRequest.at("/image", "missing", "an image to edit or a caption to start from is required")
    if request.index >= request.count:
        raise InvalidRequest.at("/request/index", "less_than", f"the last index is {request.count - 1}")
    photo = None if image is None else decode(image, "/image", limits)
    sources = donors if request.operation in _NEW_OBJECT else ()
    return EditWork(photo, tuple(decode(donor, "/donor", limits) for donor in sources), request)
