"""Features of one thing in one image, as the embedded networks give them."""

from dataclasses import dataclass

from services.imaging.arrays import Floats
from services.networks.detector import DetectedObject


@dataclass(frozen=True)
class Features:
    """`detected` (3, classes of the detector), 0..1: best scores in the surroundings, near and far on plain grey.

    `classified` (3, 1000), 0..1: the first network on the cut-out, the second one on the cut-out and in the box. All
    but the first rows are 0 where nothing was detected in the surroundings. `embedding` (1280,) is of the cut-out;
    `around` are the detections in the surroundings, in the image's pixels.
    """

    detected: Floats
    classified: Floats
    around: tuple[DetectedObject, ...]
    embedding: Floats
