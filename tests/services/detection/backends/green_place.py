"""A segmenter of whatever is green, and an embedder by mean colour."""

from collections.abc import Sequence

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment
from services.imaging.arrays import Floats

GREEN = (0, 255, 0)


PLACE = (300, 200, 380, 300)


class GreenSegmenter:
    """Finds whatever is pure green."""

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        return [self._green(image) for image in images]

    def _green(self, image: RGB) -> list[Segment]:
        mask = (image[..., 1] > 150) & (image[..., 0] < 90) & (image[..., 2] < 90)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        boxes = [tuple(int(value) for value in (x, y, x + w, y + h)) for x, y, w, h, _ in stats[1:count]]
        return [Segment(box, labels[box[1] : box[3], box[0] : box[2]] == n) for n, box in enumerate(boxes, 1)]


class MeanEmbedder:
    """A crop's direction is its mean colour."""

    def embed(self, crops: Sequence[RGB]) -> Floats:
        means = np.array([crop.reshape(-1, 3).mean(0) + 1 for crop in crops], np.float32)
        return means / np.linalg.norm(means, axis=1, keepdims=True)
