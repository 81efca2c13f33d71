"""A pair that is ready to be compared, and the way back to the pixels of the images as they were sent."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from imgdiff.boxes import project
from imgdiff.images import RGB
from imgdiff.records import Box, Reason
from imgdiff.stages import Content
from imgdiff.whole_pair import Alignment
from services.detection.evidence.view import PixelEvidence, View
from services.detection.limits import (
    COMPARED_PIXELS,
    COMPARED_WHOLE,
    COVERED,
    RELATED_SCORE,
    SAME_LIGHT,
    UNRELATED_COST,
    UNRELATED_SIMILARITY,
)
from services.detection.registration.transform import Transform, name_model
from services.detection.schema import PairWork
from services.detection.whole_pair.beyond import Beyond
from services.detection.whole_pair.statements import Statements
from services.imaging.boxes import enclose, rescale, trace
from services.imaging.lens import bend
from services.imaging.lens import rescale as rescale_lens
from services.imaging.warp import scaling, transform_points

_ONE_FACTOR = 1.5  # ratio of the two factors up to which pages of one scale keep it; chosen, not measured


@dataclass(frozen=True)
class Pair:
    """A request's images on one grid and in one light, how they got there, and which pixels differ.

    `shrunk2` is image2 on its own grid, for what needs no transform; `transform` leads to that grid. `statements` are
    about the whole, `beyond` is what only one of the images extends to.
    """

    work: PairWork
    view: View
    shrunk2: RGB
    transform: Transform
    evidence: PixelEvidence
    statements: Statements = field(default_factory=Statements)
    beyond: tuple[Beyond, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of changed pixels."""
        return float(self.evidence.changed.mean())

    @property
    def scale(self) -> float:
        """Pixels of image2 for each of image1's, a side, as both were sent."""
        (a, b, _), (c, d, _), _ = self.alignment.matrix
        return float(abs(a * d - b * c) ** 0.5)

    @property
    def shows_places_twice(self) -> bool:
        """Whether a box of the view is one place in two photos."""
        registered = self.transform.trusted or self.transform.in_place or self.view.exact
        return registered and self.view.content is Content.PHOTO

    def is_related(self, matching_cost: float | None = None) -> bool:
        """Whether the two images show one scene.

        Either they are one capture or registered, or some of their structure agrees, or most pixels do not differ.
        `matching_cost` is the median cost of finding a cell again elsewhere, which decides where it was measured.
        """
        if self.view.exact or self.transform.in_place:
            return True
        if matching_cost is not None:
            return matching_cost < UNRELATED_COST
        return self.transform.score >= RELATED_SCORE or self.coverage < COVERED

    def to_original(self, box: Box) -> Box:
        """Carry a box of the view to image1's own pixels."""
        height, width = self.work.image1.shape[:2]
        view_height, view_width = self.view.image1.shape[:2]
        return rescale(box, width / view_width, height / view_height, width, height)

    def to_image2(self, box: Box) -> Box | None:
        """Carry a box in image1's own pixels to image2's own pixels; null where image2 does not reach."""
        height, width = self.work.image2.shape[:2]
        if self.alignment.lens is None:
            return project(box, self.alignment.matrix, width, height)
        outline = bend(self.alignment.lens, transform_points(np.asarray(self.alignment.matrix), trace(box)))
        return enclose(outline, width, height)

    @cached_property
    def alignment(self) -> Alignment:
        """The transform between the images as they were sent, for the record."""
        height1, width1 = self.work.image1.shape[:2]
        height2, width2 = self.work.image2.shape[:2]
        down = scaling(self.view.image1.shape[1] / width1, self.view.image1.shape[0] / height1)
        up = scaling(width2 / self.shrunk2.shape[1], height2 / self.shrunk2.shape[0])
        matrix = up @ self.transform.matrix @ down
        matrix = matrix / matrix[2, 2]
        lens = None if self.transform.lens is None else rescale_lens(self.transform.lens, up[0, 0], up[1, 1])
        model = name_model(matrix, width1, height1) if lens is None else "lens"
        original = Transform(matrix, model, self.transform.score, lens=lens)
        return describe(original, applied=self.transform.model != "identity")

    def explain_comparison(
        self, similarity: float | None, matching_cost: float | None = None, light: float | None = None
    ) -> tuple[Reason, ...]:
        """Why the pair was not compared, or not whole: no alignment, another scene, a part outside, other light.

        `similarity` is the cosine of the whole images: where it is high, nobody may be sure of another scene. `light`
        in grey levels is what no model explained.
        """
        reasons = []
        if not self.is_related(matching_cost):
            doubtful = similarity is not None and similarity >= UNRELATED_SIMILARITY
            reasons.append(Reason(code="pair.undetermined" if doubtful else "pair.unrelated"))
        if self.work.request.align and not self.transform.trusted and not self.view.exact:
            reasons.append(Reason(code="alignment.not_found", value=self.transform.score))
        if self.statements.shared < 1:
            reasons.append(Reason(code="alignment.partial", value=self.statements.shared, threshold=COMPARED_WHOLE))
        if self.statements.other_light or (light is not None and light >= SAME_LIGHT):
            reasons.append(Reason(code="pair.other_light"))
        return tuple(reasons)


def describe(transform: Transform, *, applied: bool) -> Alignment:
    """A transform as a record's alignment."""
    rows = tuple(tuple(float(value) for value in row) for row in transform.matrix)
    return Alignment.model_validate(
        {
            "applied": applied,
            "model": transform.model,
            "matrix": rows,
            "lens": transform.lens,
            "score": round(transform.score, 4),
        }
    )


def shrink(image1: RGB, image2: RGB) -> tuple[RGB, RGB]:
    """Both images at the size at which they are compared; by one factor unless one is far larger."""
    factors = [min(1.0, (COMPARED_PIXELS / (image.shape[0] * image.shape[1])) ** 0.5) for image in (image1, image2)]
    if max(factors) <= _ONE_FACTOR * min(factors):
        factors = [min(factors)] * 2
    return _resize(image1, factors[0]), _resize(image2, factors[1])


def _resize(image: RGB, factor: float) -> RGB:
    height, width = image.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return image if size == (width, height) else np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
