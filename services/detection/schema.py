"""Parsing of a request: bytes and JSON become a pair, or an error that names the field."""

from dataclasses import dataclass

from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.stages import DetectionRequest
from services.serving.request_part import read_request


@dataclass(frozen=True)
class PairWork:
    """One parsed request: two RGB uint8 images and the request about them."""

    image1: RGB
    image2: RGB
    request: DetectionRequest


def parse_pair(data1: bytes, data2: bytes, text: str, limits: ImageLimits) -> PairWork:
    """Parse one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = read_request(text, DetectionRequest)
    return PairWork(decode(data1, "/image1", limits), decode(data2, "/image2", limits), request)
