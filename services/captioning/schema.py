"""Requests of the captioning service: bytes and JSON become parsed work, or an error that names the field."""

from dataclasses import dataclass

import numpy as np

from imgdiff.errors import InvalidRequest
from imgdiff.images import RGB, ImageLimits, decode_pair
from imgdiff.records import Box, Change, Mask, Scores
from imgdiff.stages import CaptionedRegion, CaptioningRequest, DetectedRegion
from services.captioning.reduction import reduce_pair
from services.imaging.masks import decode_runs
from services.imaging.warp import warp
from services.serving.cost import measure_images
from services.serving.request_part import read_request


@dataclass(frozen=True)
class CaptionWork:
    """One parsed request: two images (RGB, 0..255), and the regions to describe on their grids."""

    image1: RGB
    image2: RGB
    request: CaptioningRequest

    @property
    def cost(self) -> int:
        """In pixels."""
        return measure_images((self.image1, self.image2), sum(region.kept for region in self.request.regions))

    def align(self) -> tuple[RGB, RGB]:
        """Both images in image1's frame: image2 warped by the alignment, where there is anything to warp."""
        height, width = self.image1.shape[:2]
        if not self.request.alignment.applied and self.image1.shape == self.image2.shape:
            return self.image1, self.image2
        alignment = self.request.alignment
        image2, _ = warp(self.image2, np.asarray(alignment.matrix, np.float64), width, height, alignment.lens)
        return self.image1, image2


def parse_caption(data1: bytes, data2: bytes, text: str, limits: ImageLimits) -> CaptionWork:
    """Parse a request, and reduce what is larger than captioning looks at; raises InvalidRequest, InvalidImage or
    PayloadTooLarge."""
    request = read_request(text, CaptioningRequest)
    image1, image2, _ = decode_pair(data1, data2, limits)
    for number, region in enumerate(request.regions):
        pointer = f"/request/regions/{number}"
        _check_box(region.box, image1, f"{pointer}/box", "image1")
        _check_box(region.box2, image2, f"{pointer}/box2", "image2")
        if region.mask is not None:
            _check_mask(region.mask, image1.shape[:2], f"{pointer}/mask")
    if request.asked is not None:
        for image, name in ((image1, "image1"), (image2, "image2")):
            _check_box(request.asked.box, image, "/request/asked/box", name)
    return CaptionWork(*reduce_pair(image1, image2, request))


def _check_box(box: Box | None, image: RGB, pointer: str, name: str) -> None:
    height, width = image.shape[:2]
    if box is not None and (box[2] > width or box[3] > height):
        detail = f"the box leaves {name}, which is {width}x{height} pixels"
        raise InvalidRequest.at(pointer, "box.outside", detail)


def _check_mask(mask: Mask, size: tuple[int, int], pointer: str) -> None:
    """Raise InvalidRequest unless the mask can be decoded and has the size of image1."""
    if mask.size != size:
        detail = f"the mask is {mask.size[1]}x{mask.size[0]} pixels, image1 {size[1]}x{size[0]}"
        raise InvalidRequest.at(f"{pointer}/size", "mask.size", detail)
    try:
        decode_runs(mask)
    except ValueError as error:
        raise InvalidRequest.at(f"{pointer}/counts", "mask.counts", str(error)) from error


def skip_region(region: DetectedRegion) -> CaptionedRegion:
    """The answer for a region that detection dropped: it has no words."""
    scores = Scores(crop_similarity=region.crop_similarity)
    return CaptionedRegion(change=Change.CHANGED, scores=scores, kept=False, reasons=region.reasons)
