"""Parsing of requests: bytes and JSON become work, or an error that names the field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Box, Mask, Operation
from imgdiff.requests.places import check_place
from imgdiff.stages import EditingRequest
from services.english.colours import BASIC, basic_term
from services.imaging.masks import bounds, decode_mask
from services.objects.marked_object import MarkedObject
from services.serving.cost import measure_images
from services.serving.request_part import read_request

_NEW_OBJECT = (Operation.REPLACE, Operation.ADD)


@dataclass(frozen=True)
class EditWork:
    """One parsed request; new objects are cut from `donors`."""

    image: RGB | None
    donors: tuple[RGB, ...]
    request: EditingRequest

    @property
    def cost(self) -> int:
        """In pixels."""
        return measure_images(self.donors if self.image is None else (self.image, *self.donors))

    @property
    def target(self) -> MarkedObject | None:
        """The object that the request marks in the photo."""
        return _mark(self.request.target, self.request.target_mask, self.request.target_box)

    @property
    def sources(self) -> Iterator[tuple[RGB, MarkedObject | None]]:
        """Each donor with the object that is marked in it; one without a noun is what the request asks for."""
        for photo, donor in zip(self.donors, self.request.donors or (None,) * len(self.donors), strict=False):
            noun = (donor.label or self.request.replacement) if donor else None
            yield photo, _mark(noun, donor.mask, donor.box) if donor else None


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
    if photo is not None:
        _check_place(request.target_mask, request.target_box, photo, "/request/target_")
    if request.operation not in _NEW_OBJECT:
        return EditWork(photo, (), request)
    if request.donors and len(request.donors) != len(donors):
        detail = f"{len(request.donors)} donors are described and {len(donors)} files are sent"
        raise InvalidRequest.at("/request/donors", "donors.count", detail)
    sources = tuple(decode(donor, "/donor", limits) for donor in donors)
    for number, (source, described) in enumerate(zip(sources, request.donors, strict=False)):
        _check_place(described.mask, described.box, source, f"/request/donors/{number}/")
    return EditWork(photo, sources, request)


def _mark(noun: str | None, mask: Mask | None, box: Box | None) -> MarkedObject | None:
    """The object at a mask, or at a box whose outline is not known; None where neither is given."""
    if mask is not None:
        outline = decode_mask(mask)
        return MarkedObject(noun, bounds(outline), outline)
    return None if box is None else MarkedObject(noun, box)


def _check_place(mask: Mask | None, box: Box | None, image: RGB, pointer: str) -> None:
    """Raise InvalidRequest unless the place is in the image and marks a pixel."""
    check_place(mask, box, (image.shape[1], image.shape[0]), pointer)
    try:
        empty = mask is not None and not decode_mask(mask).any()
    except ValueError as error:
        raise InvalidRequest.at(f"{pointer}mask", "mask.malformed", str(error)) from error
    if empty:
        raise InvalidRequest.at(f"{pointer}mask", "mask.empty", "the mask marks no pixel")
