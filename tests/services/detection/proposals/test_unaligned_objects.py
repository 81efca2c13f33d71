"""Two views that no transform aligns: what was removed or added is kept apart from what moved."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.decisions.answers import Comparison, make_candidates
from services.detection.engine import answer_all
from services.detection.evidence.pixel_difference import collect_evidence
from services.detection.pair import Pair
from services.detection.preparation import choose_thresholds, make_view
from services.detection.proposals.search import find_proposals
from services.detection.proposals.unaligned_objects import Unmatched, UnmatchedSegment, find_unaligned
from services.detection.registration.transform import Transform
from services.detection.schema import PairWork

Look = Callable[[RGB, RGB], Unmatched]
FAR, NEAR = (430, 70), (150, 290)  # centres of places on the table


@pytest.fixture(scope="module")
def look() -> Look:
    extractor = EmbeddedExtractor(threads=1)

    def through(image1: RGB, image2: RGB) -> Unmatched:
        return find_unaligned(image1, image2, extractor.extract_tokens(image1), extractor.extract_tokens(image2))

    return through


@pytest.fixture(scope="module")
def unaligned() -> Callable[[RGB, RGB], Detection]:
    """The answer for a pair of which no transform is known."""
    extractor = EmbeddedExtractor(threads=1)
    unknown = Transform(np.eye(3), "identity", 0.1)

    def answer(image1: RGB, image2: RGB) -> Detection:
        work = PairWork(image1, image2, DetectionRequest())
        view = make_view(image1, image2, unknown, exact=False)
        pair = Pair(work, view, image2, unknown, collect_evidence(view))
        proposals = find_proposals(pair, extractor)
        thresholds = choose_thresholds(work.request, extractor.thresholds)
        comparison = Comparison(pair, thresholds, proposals, make_candidates(pair, proposals), 0.0)
        return answer_all([comparison], extractor)[0]

    return answer


@pytest.fixture(scope="module")
def table() -> RGB:
    """A cup of espresso on a table, 400 x 600."""
    return np.ascontiguousarray(data.coffee(), np.uint8)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def badge() -> RGB:
    """A round thing that is not on the table, 120 x 120."""
    return np.ascontiguousarray(data.astronaut()[20:140, 165:285], np.uint8)  # type: ignore[no-untyped-call]


def put(image: RGB, thing: RGB, centre: tuple[int, int]) -> RGB:
    """The thing's inscribed disc at a centre (x, y)."""
    out, side = image.copy(), thing.shape[0]
    disc = cv2.circle(np.zeros((side, side), np.uint8), (side // 2, side // 2), side // 2 - 2, 255, -1) > 0
    x, y = centre[0] - side // 2, centre[1] - side // 2
    out[y : y + side, x : x + side][disc] = thing[disc]
    return out


def seen_from_elsewhere(image: RGB, degrees: float = 20, zoom: float = 1.1) -> RGB:
    """Turned, nearer, tilted and dimmed."""
    height, width = image.shape[:2]
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom), [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, 1, 0], [1e-4, 2e-4, 1]])
    out = cv2.warpPerspective(image, tilt @ turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.rint(out * 0.85).astype(np.uint8)


def likely(seen: Unmatched) -> list[UnmatchedSegment]:
    return [one for one in seen.segments if one.confidence >= 0.5]


def around(centre: tuple[int, int]) -> tuple[int, int, int, int]:
    return centre[0] - 58, centre[1] - 58, centre[0] + 58, centre[1] + 58


def test_a_thing_that_was_taken_away_is_boxed_where_it_was(look: Look, table: RGB, badge: RGB) -> None:
    seen = look(put(table, badge, NEAR), seen_from_elsewhere(table))
    assert iou(likely(seen)[0].box, around(NEAR)) >= 0.5
    assert seen.changed[NEAR[1], NEAR[0]]


def test_a_thing_that_was_added_is_boxed_at_the_same_relative_place_of_the_first_image(
    look: Look, table: RGB, badge: RGB
) -> None:
    twice = cv2.resize(put(table, badge, FAR), (1200, 800))
    seen = look(seen_from_elsewhere(table), twice)
    assert iou(likely(seen)[0].box, around(FAR)) >= 0.5


def test_a_thing_that_only_moved_is_no_difference(look: Look, table: RGB, badge: RGB) -> None:
    seen = look(put(table, badge, FAR), seen_from_elsewhere(put(table, badge, NEAR)))
    assert likely(seen) == []
    assert not seen.changed.any()


@pytest.mark.parametrize("degrees", [-30, 15, 30])
def test_a_scene_from_elsewhere_is_the_same(look: Look, table: RGB, degrees: float) -> None:
    assert likely(look(table, seen_from_elsewhere(table, degrees))) == []


def test_cells_of_another_scene_cost_more_to_find_than_those_of_another_view(
    look: Look, table: RGB, photo: RGB
) -> None:
    assert look(table, seen_from_elsewhere(table, 35)).cost < 0.7
    assert look(table, photo).cost > 0.8


def test_what_the_border_cuts_may_only_be_out_of_the_view(look: Look, table: RGB, badge: RGB) -> None:
    inside = look(put(table, badge, (70, 290)), table)
    cut = look(np.ascontiguousarray(put(table, badge, (70, 290))[:, 70:]), np.ascontiguousarray(table[:, 70:]))
    assert max(one.confidence for one in inside.segments) > 0.5
    assert max((one.confidence for one in cut.segments), default=0.0) < 0.5


def test_a_mirrored_scene_without_an_object_is_different_there_and_without_a_transform(
    unaligned: Callable[[RGB, RGB], Detection], table: RGB, badge: RGB
) -> None:
    found = unaligned(put(table, badge, NEAR), np.ascontiguousarray(table[:, ::-1]))
    kept = [region for region in found.regions if region.kept]
    assert found.verdict is Verdict.DIFFERENT
    assert "alignment.not_found" in {reason.code for reason in found.reasons}
    assert iou(kept[0].box, around(NEAR)) >= 0.5
    assert kept[0].mask is not None


def test_a_scene_without_a_transform_in_which_nothing_was_found_is_undetermined(
    unaligned: Callable[[RGB, RGB], Detection], table: RGB, badge: RGB
) -> None:
    found = unaligned(put(table, badge, NEAR), np.ascontiguousarray(put(table, badge, NEAR)[:, ::-1]))
    assert found.verdict is Verdict.UNDETERMINED
    assert {"alignment.not_found", "pair.no_evidence"} <= {reason.code for reason in found.reasons}


def test_a_faint_segment_is_kept_in_the_answer_with_the_reason(
    unaligned: Callable[[RGB, RGB], Detection], table: RGB, photo: RGB
) -> None:
    small = cv2.resize(photo, (600, 400))
    found = unaligned(np.ascontiguousarray(small[:, :420]), np.ascontiguousarray(small[:, ::-1]))
    dropped = [region for region in found.regions if not region.kept]
    assert dropped
    assert all("region.no_evidence" in {reason.code for reason in region.reasons} for region in dropped)
