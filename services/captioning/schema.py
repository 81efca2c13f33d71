"""The border of the captioning service: bytes and JSON become parsed work, or an error that names the field."""

from dataclasses import dataclass

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.stages import CaptioningRequest
from services.serving.request_part import read_request


@dataclass(frozen=True)
class CaptionWork:
    """One parsed request: two RGB uint8 images as sent, and the regions to put into words."""

    image1: RGB
    image2: RGB
    request: CaptioningRequest


def parse_caption(data1: bytes, data2: bytes, text: str, limits: ImageLimits) -> CaptionWork:
    """Everything of one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = read_request(text, CaptioningRequest)
    image1 = decode(data1, "/image1", limits)
    height, width = image1.shape[:2]
    for number, region in enumerate(request.regions):
        if region.box[2] > width or region.box[3] > height:
            detail = f"the box leaves image1, which is {width}x{height} pixels"
            raise InvalidRequest.at(f"/request/regions/{number}/box", "box.outside", detail)
    return CaptionWork(image1, decode(data2, "/image2", limits), request)
