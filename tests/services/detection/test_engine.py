"""A pair goes in, decided regions come out; a batch keeps its order and each pair its own faults."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco

from imgdiff.boxes import iou
from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.images import RGB
from imgdiff.records import Box, Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.backends.pixels import PixelExtractor
from services.detection.engine import DetectionEngine
from services.detection.limits import PIXELS_CONFIDENCE
from services.detection.schema import PairWork
from services.imaging.arrays import Floats
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics
from tests.services.detection.lenses import distort

Detect = Callable[..., Detection]
PASTED = (40, 300, 136, 396)


def _best(detection: Detection) -> float:
    return max((iou(region.box, PASTED) for region in detection.regions if region.kept), default=0.0)


def test_a_pasted_object_is_found_with_a_tight_box_and_a_mask(detect: Detect, photo: RGB, pasted: RGB) -> None:
    found = detect(photo, pasted)
    assert found.verdict is Verdict.DIFFERENT
    assert _best(found) >= 0.5
    mask = found.regions[0].mask
    assert mask is not None
    assert mask.size == (512, 512)
    assert coco.area({"size": list(mask.size), "counts": mask.counts.encode()}) > 3000


def test_a_removed_object_is_found_as_well(detect: Detect, photo: RGB, pasted: RGB) -> None:
    assert _best(detect(pasted, photo)) >= 0.5


def test_an_object_is_found_through_brightness_and_jpeg(
    detect: Detect, photo: RGB, pasted: RGB, jpeg: Callable[[RGB, int], RGB]
) -> None:
    brighter = (pasted.astype(np.float32) * 0.9 + 20).clip(0, 255).astype(np.uint8)
    assert _best(detect(photo, jpeg(brighter, 85))) >= 0.5


def test_identical_images_are_the_same(detect: Detect, photo: RGB) -> None:
    found = detect(photo, photo.copy())
    assert (found.verdict, found.regions) == (Verdict.SAME, ())
    assert [reason.code for reason in found.reasons] == ["pair.identical"]


def test_a_black_and_white_board_is_compared_by_its_pixels_not_as_a_page(
    detect: Detect, jpeg: Callable[[RGB, int], RGB]
) -> None:
    board = np.zeros((480, 640, 3), np.uint8)
    for left in range(20, 600, 60):
        cv2.rectangle(board, (left, 30), (left + 14, 450), (255, 255, 255), -1)
    other = board.copy()
    cv2.circle(other, (357, 200), 16, (255, 255, 255), -1)
    (kept,) = (region for region in detect(jpeg(board, 90), jpeg(other, 70)).regions if region.kept)

    assert kept.confidence == PIXELS_CONFIDENCE
    assert iou(kept.box, (341, 184, 374, 217)) >= 0.3


def test_a_jpeg_of_a_photo_is_the_same(detect: Detect, photo: RGB, jpeg: Callable[[RGB, int], RGB]) -> None:
    assert detect(photo, jpeg(photo, 75)).verdict is Verdict.SAME


def test_a_photo_shifted_by_two_pixels_is_the_same(detect: Detect, photo: RGB) -> None:
    found = detect(photo[10:500, 10:500], photo[10:500, 12:502])
    assert found.verdict is Verdict.SAME
    assert found.alignment.model == "translation"


@pytest.mark.parametrize("strength", [0.04, -0.06])
def test_a_photo_through_another_lens_has_no_region(detect: Detect, photo: RGB, strength: float) -> None:
    found = detect(photo, distort(photo, strength))

    assert found.alignment.model == "lens"
    assert not [region for region in found.regions if region.kept]


def test_an_object_seen_through_another_lens_has_its_box_in_both_images(
    detect: Detect, photo: RGB, pasted: RGB
) -> None:
    found = detect(photo, distort(pasted, 0.06))

    (region,) = [region for region in found.regions if region.kept]
    assert iou(region.place, PASTED) >= 0.5
    shown = np.argwhere(distort(_fill(photo, PASTED), 0.06)[..., 0] > 127)[:, ::-1]
    assert region.box2 is not None
    assert iou(region.box2, (*shown.min(axis=0).tolist(), *(shown.max(axis=0) + 1).tolist())) >= 0.5


def _fill(photo: RGB, box: Box) -> RGB:
    filled = np.zeros_like(photo)
    filled[box[1] : box[3], box[0] : box[2]] = 255
    return filled


def test_two_different_photos_are_unrelated(detect: Detect, photo: RGB, cat: RGB) -> None:
    found = detect(photo, cv2.resize(cat, (512, 512)))
    assert found.verdict is Verdict.UNRELATED
    assert {"pair.unrelated", "alignment.not_found"} <= {reason.code for reason in found.reasons}


def test_a_scene_that_cannot_be_aligned_is_said_so_and_not_called_unrelated(detect: Detect, photo: RGB) -> None:
    quarters = [photo[y : y + 256, x : x + 256] for y in (0, 256) for x in (0, 256)]
    found = detect(photo, np.vstack([np.hstack([quarters[3], quarters[2]]), np.hstack([quarters[1], quarters[0]])]))
    assert found.verdict is not Verdict.UNRELATED
    assert "alignment.not_found" in {reason.code for reason in found.reasons}
    assert not found.alignment.applied


def test_images_of_different_sizes_are_compared_in_the_first_ones_pixels(
    detect: Detect, photo: RGB, pasted: RGB
) -> None:
    found = detect(photo, cv2.resize(pasted, (384, 384), interpolation=cv2.INTER_AREA))
    assert _best(found) >= 0.5


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (3, 2), (20, 300)])
def test_tiny_images_get_an_answer(detect: Detect, height: int, width: int) -> None:
    black, white = np.zeros((height, width, 3), np.uint8), np.full((height, width, 3), 255, np.uint8)
    found = detect(black, white)
    assert all(region.box[2] <= width and region.box[3] <= height for region in found.regions)
    assert detect(black, np.zeros((9, 9, 3), np.uint8)).verdict in set(Verdict)


def test_a_large_image_is_answered_in_its_own_pixels(detect: Detect, photo: RGB) -> None:
    large = cv2.resize(photo, (4000, 3000))
    edited = large.copy()
    edited[1000:1600, 2000:2800] = (250, 20, 20)
    found = detect(large, edited)
    assert iou(found.regions[0].box, (2000, 1000, 2800, 1600)) >= 0.8


def test_the_requests_thresholds_override_the_defaults(detect: Detect, photo: RGB, pasted: RGB) -> None:
    found = detect(photo, pasted, thresholds={"region.no_evidence": 1.0})
    assert found.parameters["region.no_evidence"] == 1.0
    assert found.verdict is Verdict.UNDETERMINED
    assert "pair.doubtful" in {reason.code for reason in found.reasons}
    assert all("region.no_evidence" in {reason.code for reason in region.reasons} for region in found.regions)


def test_curate_drops_what_describe_only_notes(detect: Detect, photo: RGB, pasted: RGB) -> None:
    limits = {"region.too_small": 0.9}
    described = detect(photo, pasted, thresholds=limits)
    curated = detect(photo, pasted, thresholds=limits, policy="curate")
    assert described.regions[0].kept
    assert "region.too_small" in {reason.code for reason in described.regions[0].reasons}
    assert not any(region.kept for region in curated.regions)
    assert curated.regions


def test_rejected_regions_are_left_out_on_request(detect: Detect, photo: RGB, pasted: RGB) -> None:
    found = detect(photo, pasted, thresholds={"region.no_evidence": 1.0}, keep_rejected=False)
    assert found.regions == ()


def test_a_cancelled_pair_is_not_compared(engine: DetectionEngine, photo: RGB, pasted: RGB) -> None:
    gone = Cancellation()
    gone.cancel()
    answer = engine.run([Ticket(PairWork(photo, pasted, DetectionRequest()), gone)])[0]
    assert isinstance(answer, WorkCancelled)


def test_a_brighter_capture_that_is_burnt_out_in_places_is_the_same(detect, photo: RGB) -> None:
    brighter = np.rint((photo * 1.2 + 10.0).clip(0, 255)).astype(np.uint8)

    assert (brighter == 255).mean() > 0.02
    assert detect(photo, brighter).verdict is Verdict.SAME


def test_a_rescaled_copy_is_the_same_and_no_edit_of_one_capture(detect, photo: RGB) -> None:
    small = cv2.resize(photo, (384, 384), interpolation=cv2.INTER_AREA)
    back = np.asarray(cv2.resize(small, (512, 512), interpolation=cv2.INTER_LINEAR), np.uint8)

    assert detect(photo, back).verdict is Verdict.SAME


def _ticket(image1: RGB, image2: RGB) -> Ticket[PairWork]:
    return Ticket(PairWork(image1, image2, DetectionRequest()))


def _timeless(answer: Detection | ImgdiffError) -> Detection:
    assert isinstance(answer, Detection), answer
    return answer.model_copy(update={"seconds": 0.0})


def _turned(image: RGB) -> RGB:
    matrix = cv2.getRotationMatrix2D((256, 256), 0.5, 1.0)
    return np.asarray(cv2.warpAffine(image, matrix, (512, 512), flags=cv2.INTER_CUBIC), np.uint8)


def test_answers_do_not_depend_on_who_shares_the_batch(engine: DetectionEngine, photo: RGB, pasted: RGB) -> None:
    tickets = [
        _ticket(photo, photo.copy()),
        _ticket(photo, pasted),
        _ticket(photo, _turned(pasted)),
        _ticket(photo, np.full((16, 16, 3), 9, np.uint8)),
        _ticket(pasted, photo),
    ]
    together = [_timeless(one) for one in engine.run(tickets)]
    alone = [_timeless(engine.run([ticket])[0]) for ticket in tickets]
    assert together == alone
    assert [one.verdict for one in together[:2]] == [Verdict.SAME, Verdict.DIFFERENT]


def test_a_cancelled_pair_and_a_broken_one_leave_the_others_alone(
    engine: DetectionEngine, photo: RGB, pasted: RGB
) -> None:
    gone = Cancellation()
    gone.cancel()
    cancelled = Ticket(PairWork(photo, pasted, DetectionRequest()), gone)
    broken = _ticket(photo[..., :2], pasted)  # no three channels
    answers = engine.run([cancelled, broken, _ticket(photo, pasted)])
    assert isinstance(answers[0], WorkCancelled)
    assert isinstance(answers[1], ImgdiffError)
    assert "the comparison failed" in str(answers[1])
    assert _timeless(answers[2]).verdict is Verdict.DIFFERENT


def test_a_pair_on_which_the_embedder_fails_leaves_the_others_alone(photo: RGB, pasted: RGB) -> None:
    class Failing(PixelExtractor):
        def embed(self, crops: Sequence[RGB]) -> Floats | None:
            if any(crop.shape == (40, 40, 3) for crop in crops):
                raise ZeroDivisionError
            return super().embed(crops)

    small = np.random.default_rng(3).integers(0, 255, (40, 40, 3), np.uint8)
    engine = DetectionEngine(Failing(1), 1, ServiceMetrics("detection"))
    answers = engine.run([_ticket(small, small // 2), _ticket(photo, pasted)])
    assert isinstance(answers[0], ImgdiffError)
    assert "ZeroDivisionError" in str(answers[0])
    assert _timeless(answers[1]).verdict is Verdict.DIFFERENT


def test_a_quiet_second_capture_costs_no_network_but_the_whole_pairs(extractor: EmbeddedExtractor, photo: RGB) -> None:
    metrics = ServiceMetrics("detection")
    counting = DetectionEngine(extractor, 1, metrics)
    (answer,) = counting.run([_ticket(photo, _turned(photo))])
    assert _timeless(answer).verdict is Verdict.SAME
    assert b'imgdiff_rows_sum{service="detection"} 4.0' in metrics.exposition()  # two networks see both whole images


def test_a_backend_without_vectors_leaves_similarities_unmeasured(photo: RGB, pasted: RGB) -> None:
    pixels = DetectionEngine(PixelExtractor(1), 1, ServiceMetrics("detection"))
    answer = _timeless(pixels.run([_ticket(photo, pasted)])[0])
    assert answer.verdict is Verdict.DIFFERENT
    assert answer.similarity is None
    assert {region.crop_similarity for region in answer.regions} == {None}
