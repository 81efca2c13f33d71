"""Backend `pixels`: classical measures only, no weights; it leaves every similarity unmeasured."""

from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.detection.evidence import structure_change
from services.detection.perception import FloatMap


class PixelPerception:
    """Local structure and colour stand in for networks."""

    name = "pixels"
    models: tuple[ModelUse, ...] = ()
    map_threshold = 0.14
    rows = 0

    def __init__(self, threads: int) -> None:
        self.thresholds: dict[str, float] = {"region.no_evidence": 0.1}
        cv2.setNumThreads(threads)

    def warm_up(self) -> None:
        """Nothing is loaded, but the first call compiles OpenCV's kernels."""
        self.change_map(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8))

    def change_map(self, image1: RGB, image2: RGB) -> FloatMap:
        """Change of local structure, 0..1."""
        return structure_change(image1, image2)

    def tokens(self, image: RGB) -> FloatMap | None:  # noqa: ARG002
        """Pixels do not recognise anything in another place."""
        return None

    def similarities(self, crops1: Sequence[RGB], crops2: Sequence[RGB]) -> list[float | None]:
        """Nothing was measured."""
        return [None for _ in zip(crops1, crops2, strict=True)]
