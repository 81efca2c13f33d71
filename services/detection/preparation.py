"""Preparation, which both methods share: one grid, one light, and what the pixels alone prove."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from imgdiff.images import RGB
from imgdiff.options import REGIONS_CURATE
from imgdiff.records import Policy
from imgdiff.rules.thresholds import detection_thresholds
from imgdiff.stages import Content, DetectionRequest
from services.detection.evidence.content import classify_content, is_same_capture
from services.detection.evidence.pixel_difference import collect_evidence
from services.detection.evidence.view import View
from services.detection.pair import Pair, shrink
from services.detection.registration.alignment import align
from services.detection.registration.illumination import fill_clipped, relight
from services.detection.registration.transform import Transform, name_model
from services.detection.schema import PairWork
from services.imaging.warp import corner_shift, scaling, warp


def choose_thresholds(request: DetectionRequest, calibrated: Mapping[str, float]) -> dict[str, float]:
    """Every threshold in force, by reason code; `curate` keeps the paper's N regions unless the request names N."""
    named = "max_regions" in request.model_fields_set
    regions = REGIONS_CURATE if request.policy is Policy.CURATE and not named else request.max_regions
    return detection_thresholds(request.thresholds, calibrated, regions)


def is_identical(work: PairWork) -> bool:
    """Whether the two images have the same pixels."""
    return work.image1.shape == work.image2.shape and np.array_equal(work.image1, work.image2)


def prepare(work: PairWork, check: Callable[[], None]) -> Pair:
    """Shrink, align, relight and measure; `check` is called between the steps and may raise."""
    image1, image2 = shrink(work.image1), shrink(work.image2)
    exact = is_same_capture(image1, image2)
    wants_alignment = work.request.align and not exact
    transform = find_transform(image1, image2, check) if wants_alignment else _stretch(image1, image2, 1.0)
    view = make_view(image1, image2, transform, exact=exact)
    check()
    return Pair(work, view, image2, transform, collect_evidence(view))


def find_transform(image1: RGB, image2: RGB, check: Callable[[], None]) -> Transform:
    """Align image2, or only stretch it to image1's size where no transform is worth applying."""
    transform = align(image1, image2, check)
    if not transform.trusted or _blurs_a_drawing(image1, image2, transform):
        return _stretch(image1, image2, transform.score)  # a wrong warp is worse than none
    return transform


def make_view(image1: RGB, image2: RGB, transform: Transform, *, exact: bool) -> View:
    """Lay image2 on image1's grid and, unless it is the same capture or no photo, bring it into image1's light."""
    height, width = image1.shape[:2]
    warped, valid = warp(image2, transform.matrix, width, height)
    content = classify_content(image1, warped)
    view = View(image1, warped, warped, warped, valid, content, exact)
    if content is not Content.PHOTO or exact:
        return view
    lit = relight(image1, warped, valid, rich=transform.trusted)
    return replace(view, image2=lit, sure2=fill_clipped(image1, warped, lit))


def _stretch(image1: RGB, image2: RGB, score: float) -> Transform:
    matrix = scaling(image2.shape[1] / image1.shape[1], image2.shape[0] / image1.shape[0])
    return Transform(matrix, name_model(matrix, image1.shape[1], image1.shape[0]), score)


def _blurs_a_drawing(image1: RGB, image2: RGB, transform: Transform) -> bool:
    """Whether resampling would blur drawn lines for less than a pixel, which comparing drawings tolerates anyway."""
    if image1.shape != image2.shape:
        return False
    height, width = image1.shape[:2]
    moved = corner_shift(transform.matrix, np.eye(3), width, height)
    return moved < 1 and classify_content(image1, image2) is not Content.PHOTO
