"""The border of the editing service: bytes and JSON become parsed work, or an error that names the field."""

from dataclasses import dataclass

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Operation
from imgdiff.stages import EditingRequest
from services.editing.colours import COLOURS, colour_of
from services.serving.request_part import read_request

NEEDS_DONOR = (Operation.REPLACE, Operation.ADD)


@dataclass(frozen=True)
class EditWork:
    """One parsed request: RGB uint8 photos and the edit asked for; `donor` is what a new object is cut from."""

    image: RGB
    donor: RGB | None
    request: EditingRequest


def parse_edit(image: bytes | None, donor: bytes | None, text: str, limits: ImageLimits) -> EditWork:
    """Everything of one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = read_request(text, EditingRequest)
    if request.operation is Operation.RECOLOUR and request.replacement and not colour_of(request.replacement):
        detail = f"no colour that this backend knows; known: {', '.join(COLOURS)}"
        raise InvalidRequest.at("/request/replacement", "unknown_colour", detail)
    if image is None:
        raise InvalidRequest.at("/image", "missing", "this backend edits a photo; send one as image")
    if donor is None and request.operation in NEEDS_DONOR:
        detail = f"{request.operation} needs a photo that the new object is cut from; send one as donor"
        raise InvalidRequest.at("/donor", "missing", detail)
    given = None if donor is None or request.operation not in NEEDS_DONOR else decode(donor, "/donor", limits)
    return EditWork(decode(image, "/image", limits), given, request)
