"""A segmenter and an embedder that return what a test planted, and pairs for them."""

from collections.abc import Sequence

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Policy
from imgdiff.rules.thresholds import detection_thresholds
from services.detection.area_generator.generator import Area, AreaPair, Areas, generate
from services.detection.area_generator.segmentation import Segment
from services.imaging.arrays import Floats

SIDE = 100


Boxes = Sequence[Box]


def to_segment(box: Box) -> Segment:
    return Segment(box, np.ones((box[3] - box[1], box[2] - box[0]), bool))


class RecordedSegmenter:
    """Answers with the boxes recorded for an image, which is known by its first pixel."""

    def __init__(self, recorded: dict[int, Boxes]) -> None:
        self.recorded = recorded
        self.asked: list[int] = []

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        self.asked += [int(image[0, 0, 0]) for image in images]
        return [[to_segment(box) for box in self.recorded[int(image[0, 0, 0])]] for image in images]


class ColourEmbedder:
    """A crop's direction is the mean of its colour, as an angle: 0 grey levels are 0 and 255 a right angle."""

    def __init__(self, length: float = 1.0) -> None:
        self.length = length
        self.asked: list[tuple[int, ...]] = []

    def embed(self, crops: Sequence[RGB]) -> Floats:
        self.asked += [crop.shape for crop in crops]
        angles = np.array([crop[..., 1].mean() / 255 * np.pi / 2 for crop in crops])
        return (self.length * np.stack([np.cos(angles), np.sin(angles)], 1)).astype(np.float32)


def to_angle(cosine: float) -> int:
    """The green level whose crop has this cosine with black."""
    return round(float(np.arccos(cosine)) / (np.pi / 2) * 255)


def make_pair(changes: dict[Box, float], policy: Policy = Policy.CURATE, name: int = 1, **limits: float) -> AreaPair:
    """A black image and one in which every box has the cosine given; images are named by the red of a corner."""
    image1 = np.zeros((SIDE, SIDE, 3), np.uint8)
    image2 = image1.copy()
    for (x1, y1, x2, y2), cosine in changes.items():
        image2[y1:y2, x1:x2, 1] = to_angle(cosine)
    changed = (image1 != image2).any(2)
    image1[0, 0, 0], image2[0, 0, 0] = 2 * name, 2 * name + 1
    loose = {"pair.too_different": -1.0, "pair.too_similar": 1.0, "region.no_evidence": 0.05}
    codes = {code.replace("_", ".", 1): value for code, value in limits.items()}
    return AreaPair(image1, image2, changed, policy, detection_thresholds(codes, loose, 5))


def run(pair: AreaPair, boxes1: Boxes = (), boxes2: Boxes = (), embedder: ColourEmbedder | None = None) -> Areas:
    return generate([pair], RecordedSegmenter({2: boxes1, 3: boxes2}), embedder or ColourEmbedder())[0]


def kept_boxes(found: Areas) -> dict[Box, float | None]:
    return {area.scores.box: area.scores.similarity for area in found.areas if area.decision.kept}


def codes_of(found: Areas, box: Box) -> list[str]:
    area = next(area for area in found.areas if area.scores.box == box)
    return [reason.code for reason in area.decision.reasons]


A, B = (10, 10, 40, 40), (50, 50, 80, 80)


def summarise(area: Area) -> tuple[object, ...]:
    return area.scores.box, area.scores.similarity, area.scores.difference, area.decision
