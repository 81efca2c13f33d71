"""The border of the detection service: bytes and JSON become a parsed pair, or an error that names the field."""

from dataclasses import dataclass

from pydantic import ValidationError

from imgdiff.errors import InvalidRequest
from imgdiff.gates import TUNABLE
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.stages import DetectionRequest


@dataclass(frozen=True)
class PairWork:
    """One parsed request: two RGB uint8 images and what is asked of them."""

    image1: RGB
    image2: RGB
    request: DetectionRequest


def parse_request(text: str) -> DetectionRequest:
    """The JSON part `request`; raises InvalidRequest with JSON pointers below /request."""
    try:
        request = DetectionRequest.model_validate_json(text)
    except ValidationError as error:
        raise InvalidRequest.of(error.errors(), "/request") from error
    unknown = sorted(set(request.thresholds) - TUNABLE)
    if unknown:
        known = ", ".join(sorted(TUNABLE))
        raise InvalidRequest.at(f"/request/thresholds/{unknown[0]}", "unknown_gate", f"unknown gate; known: {known}")
    return request


def parse_pair(data1: bytes, data2: bytes, text: str, limits: ImageLimits) -> PairWork:
    """Everything of one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = parse_request(text)
    return PairWork(decode(data1, "/image1", limits), decode(data2, "/image2", limits), request)
