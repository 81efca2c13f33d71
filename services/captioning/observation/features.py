"""Features of one thing in one image, as the embedded networks give them."""

from dataclasses import dataclass

from services.imaging.arrays import Floats
from services.networks.detector import DetectedObject


@dataclass(frozen=True)
class Features:
    """`detected` (3, classes of the detector), 0..1: best scores in the surroundings, near and far on plain grey.

    `classified` (1000,), 0..1, and `embedding` (1280,) are of the cut-out. `around` are the detections in the
    surroundings, in the image's pixels.
    """

    detected: Floats
    classified: Floats
    around: tuple[DetectedObject, ...]
    embedding: Floats
