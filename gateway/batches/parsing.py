"""One line of a batch, parsed and validated; what is wrong with it is a problem of this line alone."""

from dataclasses import dataclass, field
from typing import Any

from gateway.batches.splitting import RawLine
from imgdiff.batches.documents import BatchLine, BatchUrl
from imgdiff.errors import ImgdiffError, InvalidRequest, PayloadTooLarge, validate
from imgdiff.options import DifferenceCaptionsRequest, ImageRef, SynthesisRequest
from imgdiff.requests.values import check_values, decode_json

_LONGEST_ID = 200  # characters of a rejected line's id that its error repeats, as `CustomId` has it

Request = DifferenceCaptionsRequest | SynthesisRequest


@dataclass(frozen=True)
class ParsedLine:
    """A request with its images by their JSON pointers in the line, or the error that rejects it."""

    number: int
    custom_id: str | None
    request: Request | None = None
    images: dict[str, ImageRef] = field(default_factory=dict)
    error: ImgdiffError | None = None

    def rejected(self, error: ImgdiffError) -> "ParsedLine":
        """The same line with its error."""
        return ParsedLine(self.number, self.custom_id, error=error)


def is_blank(line: RawLine) -> bool:
    """Whether the line holds nothing to parse."""
    return line.content is not None and not line.content.strip()


def parse(line: RawLine, number: int, limit: int) -> ParsedLine:
    """The request in a line that is not blank; `limit` is the longest line in bytes."""
    custom_id = None
    try:
        if line.content is None:
            raise PayloadTooLarge.at("", "line.too_long", f"the line has {line.size} bytes; {limit} are the limit")
        document = _decode(line.content.removeprefix(b"\xef\xbb\xbf") if number == 1 else line.content)
        custom_id = _given_id(document)
        validate(check_values, document)
        envelope = validate(BatchLine.model_validate, document)
        request: Request = (
            validate(SynthesisRequest.model_validate, envelope.body, "/body")
            if envelope.url is BatchUrl.SYNTHESES
            else validate(DifferenceCaptionsRequest.model_validate, envelope.body, "/body")
        )
    except ImgdiffError as error:
        return ParsedLine(number, custom_id, error=error)
    return ParsedLine(number, envelope.custom_id, request, _images(request))


def _decode(content: bytes) -> Any:
    try:
        return decode_json(content.decode())
    except UnicodeDecodeError as error:
        raise InvalidRequest.at("", "line.not_utf8", f"not UTF-8: byte {error.start} of the line") from error


def _given_id(document: Any) -> str | None:
    """The id as far as it can be repeated in an error."""
    given = document.get("custom_id") if isinstance(document, dict) else None
    return given[:_LONGEST_ID] if isinstance(given, str) else None


def _images(request: Request) -> dict[str, ImageRef]:
    if isinstance(request, DifferenceCaptionsRequest):
        return {"/body/image1": request.image1, "/body/image2": request.image2}
    named = {"/body/image": request.image, "/body/donor": request.donor}
    return {pointer: image for pointer, image in named.items() if isinstance(image, ImageRef)}
