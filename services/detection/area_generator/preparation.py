"""A pair before any network sees it: on one grid, in one light, with what its pixels alone say."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from imgdiff.options import REGIONS_CURATE
from imgdiff.records import Policy
from imgdiff.rules.thresholds import detection_thresholds
from imgdiff.stages import Detection, DetectionRequest
from services.detection.comparison import align_pair, lay_over
from services.detection.decisions import verdict
from services.detection.decisions.answers import identical
from services.detection.evidence.pixel_difference import pixel_evidence, same_capture
from services.detection.proposals.views import View, shrunk
from services.detection.registration.alignment import Found
from services.detection.schema import PairWork
from services.imaging.arrays import Flags
from services.serving.cancellation import Cancellation


@dataclass(frozen=True)
class Prepared:
    """A pair on image1's grid, its changed pixels there, and the thresholds by reason code that are in force."""

    work: PairWork
    view: View
    found: Found
    changed: Flags
    related: bool
    limits: dict[str, float]


def prepare(work: PairWork, calibrated: Mapping[str, float], cancellation: Cancellation) -> Prepared | Detection:
    """Everything that needs no network; already the answer for two images with the same pixels.

    Raises WorkCancelled between steps.
    """
    started = time.perf_counter()
    cancellation.check()
    limits = detection_thresholds(work.request.thresholds, calibrated, _most_regions(work.request))
    if np.array_equal(work.image1, work.image2):
        return identical(limits, started)
    image1, image2 = shrunk(work.image1), shrunk(work.image2)
    exact = same_capture(image1, image2)
    found = align_pair(image1, image2, None if exact or not work.request.align else cancellation.check)
    view = lay_over(image1, image2, found, exact=exact)
    cancellation.check()
    changed = pixel_evidence(view.image1, view.sure2, view.valid, view.content, view.exact).changed
    related = exact or verdict.related(found, float(changed.mean()), None)
    return Prepared(work, view, found, changed, related, limits)


def _most_regions(request: DetectionRequest) -> int:
    """The paper's N under curate, unless the request names a number."""
    asked = "max_regions" in request.model_fields_set
    return REGIONS_CURATE if request.policy is Policy.CURATE and not asked else request.max_regions
