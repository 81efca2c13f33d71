"""Regions of the backend `sam` over networks that see one green place."""

import cv2
import numpy as np
import pytest

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Policy, Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends.area_engine import AreaEngine
from services.detection.schema import PairWork
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.detection.backends.green_place import GREEN, PLACE, GreenSegmenter, MeanEmbedder


@pytest.fixture(scope="module")
def seeing() -> AreaEngine:
    return AreaEngine(
        GreenSegmenter(), MeanEmbedder(), device="cpu", models=(), metrics=ServiceMetrics("detection"), threads=1
    )


@pytest.mark.parametrize("side", [256, 384, 512, 700])
@pytest.mark.parametrize("policy", list(Policy))
def test_defect_boxes_of_an_image2_of_another_size_lie_in_image1s_pixels(
    seeing: AreaEngine, photo: RGB, side: int, policy: Policy
) -> None:
    """Section 2.3 and 5.3 (12) of the notes: the published operator leaves them in image2's."""
    edited = photo.copy()
    edited[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2]] = GREEN
    edited = np.asarray(cv2.resize(edited, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    limits = {"pair.too_different": 0.5, "pair.too_similar": 1.0}
    request = DetectionRequest(policy=policy, thresholds=limits)
    found = seeing.run([Ticket(PairWork(photo, edited, request))])[0]

    assert isinstance(found, Detection)
    kept = [region for region in found.regions if region.kept]
    assert len(kept) == 1
    assert iou(kept[0].box, PLACE) > 0.9
    assert kept[0].mask is not None
    assert kept[0].mask.size == (512, 512)


def test_a_pair_that_cannot_be_registered_keeps_no_region(seeing: AreaEngine, photo: RGB) -> None:
    other = np.random.default_rng(5).integers(0, 256, photo.shape, np.uint8)
    other[PLACE[1] : PLACE[3], PLACE[0] : PLACE[2]] = GREEN
    found = seeing.run([Ticket(PairWork(photo, other, DetectionRequest()))])[0]

    assert found.verdict in {Verdict.UNRELATED, Verdict.UNDETERMINED}
    assert not any(region.kept for region in found.regions)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"pair.too_different": 1.0, "pair.too_similar": 1.0}, "pair.too_different"),
        ({"pair.too_different": -1.0, "pair.too_similar": -1.0}, "pair.too_similar"),
    ],
)
def test_a_pair_that_curate_rejects_as_a_whole_says_so_and_claims_nothing_of_regions(
    seeing: AreaEngine, photo: RGB, limits: dict[str, float], code: str
) -> None:
    edited = photo.copy()
    edited[100:300, 100:300] = GREEN
    work = PairWork(photo, edited, DetectionRequest(policy=Policy.CURATE, thresholds=limits))
    found = seeing.run([Ticket(work)])[0]

    assert isinstance(found, Detection)
    assert (found.verdict, found.regions) == (Verdict.UNDETERMINED, ())
    assert [reason.code for reason in found.reasons] == [code]


def test_a_request_may_ask_for_another_number_of_regions_than_the_papers(seeing: AreaEngine, photo: RGB) -> None:
    edited = photo.copy()
    edited[100:140, 100:140] = GREEN
    asked = DetectionRequest(policy=Policy.CURATE, max_regions=9)
    usual = DetectionRequest(policy=Policy.CURATE)
    answers = seeing.run([Ticket(PairWork(photo, edited, request)) for request in (asked, usual)])

    assert [answer.parameters["region.limit"] for answer in answers] == [9, 5]
