"""The border of the editing service: bytes and JSON become parsed work, or an error that names the field."""

from dataclasses import dataclass

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Operation
from imgdiff.stages import EditingRequest
from services.serving.request_part import read_request

SUPPORTED = (Operation.REMOVE, Operation.RECOLOUR)


@dataclass(frozen=True)
class EditWork:
    """One parsed request: an RGB uint8 photo and the edit asked of it."""

    image: RGB
    request: EditingRequest


def parse_edit(image: bytes | None, text: str, limits: ImageLimits) -> EditWork:
    """Everything of one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = read_request(text, EditingRequest)
    if image is None:
        raise InvalidRequest.at("/image", "missing", "this backend edits a photo; send one as image")
    if request.operation not in SUPPORTED:
        known = ", ".join(SUPPORTED)
        raise InvalidRequest.at("/request/operation", "unsupported", f"this backend does not do this; it does: {known}")
    return EditWork(decode(image, "/image", limits), request)
