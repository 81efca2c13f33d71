"""Backend `pixels`: classical measures and the change head, no other network; it embeds nothing."""

from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.detection.evidence.change_layers import LAYERS, SUMMARISED
from services.detection.feature_extractor import NetworkDistances
from services.detection.limits import PIXELS_THRESHOLDS
from services.imaging.arrays import Floats
from services.networks.change_head import ChangeHead


class PixelExtractor:
    """Local structure and colour only, with no features of a network."""

    name = "pixels"
    rows = 0

    def __init__(self, threads: int) -> None:
        self.thresholds = dict(PIXELS_THRESHOLDS)
        self.head = ChangeHead(threads)
        self.models: tuple[ModelUse, ...] = (self.head.use("detection"),)
        cv2.setNumThreads(threads)

    def warm_up(self) -> None:
        """Run the head once."""
        self.head.weigh(np.zeros((LAYERS, 16, 16), np.float32), np.zeros(2 * len(SUMMARISED), np.float32))

    def measure_distances(self, image1: RGB, image2: RGB) -> NetworkDistances | None:  # noqa: ARG002
        """No network measures any."""
        return None

    def extract_tokens(self, image: RGB) -> Floats | None:  # noqa: ARG002
        """Pixels recognise nothing in another place."""
        return None

    def embed(self, crops: Sequence[RGB]) -> Floats | None:  # noqa: ARG002
        """Pixels do not show what a crop depicts."""
        return None
