"""Parsing of a request: bytes and JSON become a pair, or an error that names the field."""

from dataclasses import dataclass

from imgdiff.images import RGB, ImageLimits, decode_pair
from imgdiff.records import Reason
from imgdiff.stages import Detection, DetectionRequest
from services.serving.cost import measure_images
from services.serving.request_part import read_request


@dataclass(frozen=True)
class PairWork:
    """One parsed request: two RGB uint8 images and the request about them.

    `stretched` is the share of the 16-bit range that both images used and that was stretched, if it was.
    """

    image1: RGB
    image2: RGB
    request: DetectionRequest
    stretched: float | None = None

    @property
    def cost(self) -> int:
        """In pixels."""
        return measure_images((self.image1, self.image2))

    def explain(self, detection: Detection) -> Detection:
        """The answer, with the reason that reports a stretched range."""
        if self.stretched is None:
            return detection
        note = Reason(code="pair.stretched", value=round(self.stretched, 4))
        return detection.model_copy(update={"reasons": (*detection.reasons, note)})


def parse_pair(data1: bytes, data2: bytes, text: str, limits: ImageLimits) -> PairWork:
    """Parse one request; raises InvalidRequest, InvalidImage or PayloadTooLarge."""
    request = read_request(text, DetectionRequest)
    images = decode_pair(data1, data2, limits)
    return PairWork(images.image1, images.image2, request, images.stretched)
