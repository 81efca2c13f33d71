"""Every dropped proposal says why, and overlap keeps the most different."""

from imgdiff.records import Policy
from imgdiff.rules.thresholds import detection_thresholds
from services.detection.decisions.gates import Candidate, judge
from services.detection.decisions.nms import overlapped

LIMITS = detection_thresholds({}, {"region.no_evidence": 0.1}, 2)


def test_of_two_overlapping_boxes_the_most_different_stays_whatever_the_order() -> None:
    boxes = [(0, 0, 10, 10), (0, 0, 10, 9)]
    assert list(overlapped(boxes, [0.2, 0.7], 0.5)) == [0]
    assert list(overlapped(boxes, [0.7, 0.2], 0.5)) == [1]


def test_boxes_that_overlap_less_than_the_threshold_stay() -> None:
    assert overlapped([(0, 0, 10, 10), (8, 0, 18, 10)], [0.2, 0.7], 0.5) == {}


def test_a_region_too_many_is_dropped_for_the_limit() -> None:
    found = [Candidate((10 * i, 0, 10 * i + 10, 10), 0.2 + i / 10, 0.1, None) for i in range(3)]
    judged = judge(found, Policy.DESCRIBE, LIMITS)
    assert [one.kept for one in judged] == [False, True, True]
    assert judged[0].reasons[0].code == "region.limit"


def test_similar_crops_are_noted_under_describe_and_dropped_under_curate() -> None:
    found = [Candidate((0, 0, 10, 10), 0.5, 0.1, 0.9)]
    noted, dropped = judge(found, Policy.DESCRIBE, LIMITS)[0], judge(found, Policy.CURATE, LIMITS)[0]
    assert (noted.kept, dropped.kept) == (True, False)
    assert noted.reasons == dropped.reasons
    assert (noted.reasons[0].code, noted.reasons[0].value) == ("region.too_similar", 0.9)
