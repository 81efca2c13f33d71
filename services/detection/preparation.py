"""Preparation, which both methods share: one grid, one light, and what the pixels alone prove."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.options import REGIONS_CURATE
from imgdiff.records import Policy
from imgdiff.rules.thresholds import detection_thresholds
from imgdiff.stages import Content, DetectionRequest
from imgdiff.whole_pair import PairChange
from services.detection.evidence.content import classify_content, is_rendering, is_same_capture
from services.detection.evidence.pixel_difference import collect_evidence
from services.detection.evidence.view import View
from services.detection.limits import REGISTERED_DRAWING
from services.detection.pair import Pair, shrink
from services.detection.registration.alignment import align, score_in_place
from services.detection.registration.illumination import fill_clipped, relight
from services.detection.registration.in_place import is_in_place
from services.detection.registration.transform import Transform, name_model
from services.detection.schema import PairWork
from services.detection.whole_pair.beyond import find_beyond
from services.detection.whole_pair.description import describe_pair
from services.detection.whole_pair.frames import Frames
from services.detection.whole_pair.greyscale import describe_colour_loss, remove_colour
from services.detection.whole_pair.inversion import describe_inversion, invert
from services.detection.whole_pair.overlay import find_overlay
from services.detection.whole_pair.statements import Statements
from services.imaging.warp import Matrix, corner_shift, scaling, warp

_COARSER = 0.77  # pixels of image2 to one of image1, below which image1 is averaged down; as `warp` does for image2
_SMALLEST = 64  # pixels a side that are compared at least; chosen, not measured


def choose_thresholds(
    request: DetectionRequest, calibrated: Mapping[str, float | None], *, matches_objects: bool = False
) -> dict[str, float]:
    """Every threshold in force, by reason code; `curate` keeps the paper's N regions unless the request names N."""
    named = "max_regions" in request.model_fields_set
    regions = REGIONS_CURATE if request.policy is Policy.CURATE and not named else request.max_regions
    return detection_thresholds(request.thresholds, calibrated, regions, matches_objects=matches_objects)


def is_identical(work: PairWork) -> bool:
    """Whether the two images have the same pixels."""
    return work.image1.shape == work.image2.shape and np.array_equal(work.image1, work.image2)


def prepare(work: PairWork, check: Callable[[], None]) -> Pair:
    """Shrink, align, relight and measure; `check` is called between the steps and may raise."""
    image1, image2 = shrink(work.image1, work.image2)
    stated = tuple(describe_inversion(image1, image2))
    if stated:
        image2 = invert(image2)
    losses = tuple(describe_colour_loss(image1, image2))
    if losses:
        image1, image2 = remove_colour(image1), remove_colour(image2)
    exact = is_same_capture(image1, image2)
    transform = _stretch(image1, image2, 1.0)
    if work.request.align and not exact:
        transform, exact = find_transform(image1, image2, check)
        image1, transform = _shrink_to_coarser(image1, transform)
    view = make_view(image1, image2, transform, exact=exact)
    check()
    evidence = collect_evidence(view)
    evidence.excess[~view.valid] = 0
    return _add_statements(Pair(work, view, image2, transform, evidence), (*stated, *losses))


def _add_statements(pair: Pair, stated: Sequence[PairChange]) -> Pair:
    """Add what differs as a whole, as far as the images are registered, and what only one of them extends to."""
    work, view = pair.work, pair.view
    if not pair.transform.trusted or not work.request.align:
        return replace(pair, statements=Statements(tuple(stated)))
    size1, size2 = ((image.shape[1], image.shape[0]) for image in (work.image1, work.image2))
    alignment = pair.alignment
    frames = Frames(size1, size2, np.asarray(alignment.matrix, np.float64), alignment.lens)
    found = describe_pair((work.image1, work.image2), view, frames, pair.transform.score)
    beyond = find_beyond(work.image1, work.image2, frames) if view.content is not Content.PHOTO else []
    return replace(pair, statements=replace(found, changes=(*stated, *found.changes)), beyond=tuple(beyond))


def find_transform(image1: RGB, image2: RGB, check: Callable[[], None]) -> tuple[Transform, bool]:
    """Align image2, or only stretch it to image1's size where no transform is worth applying.

    Also returns whether both are one capture, laid over one another at whole pixels.
    """
    if (overlay := find_overlay(image1, image2, None)) is not None:
        return _shift(overlay), True
    transform = align(image1, image2, check)
    if not transform.trusted:
        stretched = _stretch(image1, image2, transform.score)  # a wrong warp is worse than none
        if not is_in_place(image1, _stretch_image(image2, image1)):
            return stretched, False
        return replace(stretched, in_place=True, score=score_in_place(image1, image2)), False
    if (overlay := find_overlay(image1, image2, transform.matrix)) is not None:
        return _shift(overlay), True
    if transform.lens is None and _blurs_a_drawing(image1, image2, transform):
        return _stretch(image1, image2, transform.score), False
    return transform, False


def make_view(image1: RGB, image2: RGB, transform: Transform, *, exact: bool) -> View:
    """Lay image2 on image1's grid and, unless it is the same capture or no photo, bring it into image1's light."""
    height, width = image1.shape[:2]
    warped, valid = warp(image2, transform.matrix, width, height, transform.lens)
    content = classify_content(image1, warped)
    if (
        content is Content.PHOTO
        and transform.score >= REGISTERED_DRAWING
        and (is_rendering(image1) or is_rendering(image2))
    ):
        content = Content.DRAWN  # a scan, however much grain it has
    view = View(image1, warped, warped, warped, valid, content, exact)
    if content is not Content.PHOTO or exact:
        return view
    lit = relight(image1, warped, valid, rich=transform.trusted)
    return replace(view, image2=lit, sure2=fill_clipped(image1, warped, lit))


def _shrink_to_coarser(image1: RGB, transform: Transform) -> tuple[RGB, Transform]:
    """Average image1 down where image2 is coarser, since what only finer pixels show cannot be compared."""
    height, width = image1.shape[:2]
    factor = float(np.sqrt(abs(np.linalg.det(transform.matrix[:2, :2]))))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if factor > _COARSER or min(size) < _SMALLEST:
        return image1, transform
    matrix = transform.matrix @ scaling(width / size[0], height / size[1])
    small = np.asarray(cv2.resize(image1, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, replace(transform, matrix=np.asarray(matrix, np.float64))


def _shift(matrix: Matrix) -> Transform:
    still = np.array_equal(matrix, np.eye(3))
    return Transform(matrix, "identity" if still else "translation", 1.0)


def _stretch_image(image: RGB, other: RGB) -> RGB:
    return np.asarray(cv2.resize(image, other.shape[1::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _stretch(image1: RGB, image2: RGB, score: float) -> Transform:
    matrix = scaling(image2.shape[1] / image1.shape[1], image2.shape[0] / image1.shape[0])
    return Transform(matrix, name_model(matrix, image1.shape[1], image1.shape[0]), score)


def _blurs_a_drawing(image1: RGB, image2: RGB, transform: Transform) -> bool:
    """Whether resampling would blur drawn lines for less than a pixel, which comparing drawings tolerates anyway."""
    height, width = image1.shape[:2]
    moved = corner_shift(transform.matrix, _stretch(image1, image2, 1.0).matrix, width, height)
    return moved < 1 and classify_content(image1, image2) is not Content.PHOTO
