"""The border of the captioning service: bytes and JSON become parsed work, or an error that names the field."""

from dataclasses import dataclass

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Mask
from imgdiff.stages import CaptioningRequest
from services.imaging.masks import decode_runs
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
        if region.mask is not None:
            _check_mask(region.mask, (height, width), f"/request/regions/{number}/mask")
    return CaptionWork(image1, decode(data2, "/image2", limits), request)


def _check_mask(mask: Mask, size: tuple[int, int], pointer: str) -> None:
    """It can be decoded and is one of image1; raises InvalidRequest."""
    if mask.size != size:
        detail = f"the mask is {mask.size[1]}x{mask.size[0]} pixels, image1 {size[1]}x{size[0]}"
        raise InvalidRequest.at(f"{pointer}/size", "mask.size", detail)
    try:
        decode_runs(mask)
    except ValueError as error:
        raise InvalidRequest.at(f"{pointer}/counts", "mask.counts", str(error)) from error
