"""Captions say what the evidence holds, in order, and nothing more."""

import numpy as np
import pytest

from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Change, Verdict
from imgdiff.stages import CaptioningRequest, DetectedRegion
from services.captioning.engine import create_engine
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.captioning.whole_pair.summary import SAME, UNDETERMINED, UNRELATED
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket

SECOND_CUP = (440, 6, 596, 150)
CUP = (150, 10, 430, 320)
NEW_PLACE = (440, 240, 596, 384)


def test_a_thing_that_came_is_named_and_so_is_its_place(caption, before: RGB, after: RGB) -> None:
    answer = caption(before, after, SECOND_CUP)
    (region,) = answer.regions

    assert (region.change, region.label1, region.label2) == (Change.ADDED, None, "cup")
    assert (region.caption1, region.caption2) == (None, "a cup")
    assert answer.caption == region.caption == "A cup at the top right has been added."


def test_the_swapped_pair_has_the_opposite_change(caption, before: RGB, after: RGB) -> None:
    (region,) = caption(after, before, SECOND_CUP).regions

    assert (region.change, region.label1, region.label2) == (Change.REMOVED, "cup", None)
    assert region.caption == "The cup at the top right has been removed."


def test_a_thing_of_another_colour_is_recoloured_not_replaced(caption, before: RGB) -> None:
    x1, y1, x2, y2 = CUP
    other = before.copy()
    other[y1:y2, x1:x2] = before[y1:y2, x1:x2, ::-1]  # red becomes blue, light stays

    (region,) = caption(before, other, CUP).regions

    assert region.change is Change.RECOLOURED
    assert region.label1 == region.label2 == "cup"
    assert region.caption.startswith("The cup in the centre has changed ")


def test_flat_ground_gets_no_noun(caption) -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    marked = grey.copy()
    marked[80:120, 80:120] = (200, 30, 30)

    (region,) = caption(grey, marked, (80, 80, 120, 120)).regions

    assert (region.label1, region.label2, region.caption1, region.caption2) == (None, None, None, None)
    assert region.change is Change.ADDED
    assert region.caption == "Something red in the centre has been added."
    assert [reason.code for reason in region.reasons] == ["caption.no_label"]


def test_regions_that_detection_linked_are_a_move(caption, before: RGB, after: RGB) -> None:
    x1, y1, x2, y2 = SECOND_CUP
    elsewhere = before.copy()
    elsewhere[240:384, 440:596] = after[y1:y2, x1:x2]
    left = DetectedRegion(box=SECOND_CUP, difference=0.5, kept=True, moved_to=NEW_PLACE)
    came = DetectedRegion(box=NEW_PLACE, difference=0.5, kept=True, moved_from=SECOND_CUP)

    answer = caption(after, elsewhere, regions=(left, came))

    assert [region.change for region in answer.regions] == [Change.MOVED] * 2
    assert [(region.label1, region.label2) for region in answer.regions] == [("cup", None), (None, "cup")]
    assert answer.caption == "The cup has moved from the top right to the bottom right."
    assert {region.caption for region in answer.regions} == {answer.caption}


def test_without_a_link_one_thing_left_and_another_came(caption, before: RGB, after: RGB) -> None:
    x1, y1, x2, y2 = SECOND_CUP
    elsewhere = before.copy()
    elsewhere[240:384, 440:596] = after[y1:y2, x1:x2]

    answer = caption(after, elsewhere, SECOND_CUP, NEW_PLACE)

    assert [region.change for region in answer.regions] == [Change.REMOVED, Change.ADDED]


def test_things_that_swapped_places_have_both_moved(caption, before: RGB) -> None:
    box1, box2 = (0, 0, 100, 100), (440, 240, 596, 384)
    first = DetectedRegion(box=box1, difference=0.5, kept=True, moved_to=box2, moved_from=box2)
    second = DetectedRegion(box=box2, difference=0.5, kept=True, moved_to=box1, moved_from=box1)

    answer = caption(before, before, regions=(first, second))

    assert {region.change for region in answer.regions} == {Change.MOVED}
    texts = [str(region.caption) for region in answer.regions]
    assert texts[0].endswith("from the top left to the bottom right.")
    assert texts[1].endswith("from the bottom right to the top left.")


def test_dropped_regions_come_back_in_order_without_words(engine, before: RGB, after: RGB, unmoved) -> None:
    dropped = DetectedRegion(box=(0, 0, 20, 20), difference=0.1, kept=False)
    kept = DetectedRegion(box=SECOND_CUP, difference=0.2, kept=True)
    request = CaptioningRequest(alignment=unmoved, verdict=Verdict.DIFFERENT, regions=(dropped, kept, dropped))

    (answer,) = engine.run([Ticket(CaptionWork(before, after, request))])

    assert [region.kept for region in answer.regions] == [False, True, False]
    assert [region.caption is None for region in answer.regions] == [True, False, True]


@pytest.mark.parametrize(("verdict", "text"), [(Verdict.SAME, SAME), (Verdict.UNRELATED, UNRELATED)])
def test_a_pair_without_regions_gets_its_sentence(caption, before: RGB, verdict: Verdict, text: str) -> None:
    assert caption(before, before, verdict=verdict).caption == text


def test_gates_report_under_describe_and_drop_under_curate(caption, before: RGB, after: RGB) -> None:
    strict = {"thresholds": {"caption.mismatch": 0.99}}

    described = caption(before, after, SECOND_CUP, **strict)
    curated = caption(before, after, SECOND_CUP, policy="curate", **strict)

    assert [answer.regions[0].kept for answer in (described, curated)] == [True, False]
    for answer in (described, curated):
        assert [reason.code for reason in answer.regions[0].reasons] == ["caption.mismatch"]
        assert answer.parameters["caption.mismatch"] == 0.99
    assert curated.caption == UNDETERMINED
    assert caption(before, after, SECOND_CUP, policy="curate").regions[0].kept


def test_nobody_waiting_ends_the_work(engine, before: RGB, after: RGB, unmoved) -> None:
    gone = Cancellation()
    gone.cancel()
    request = CaptioningRequest(alignment=unmoved, verdict=Verdict.DIFFERENT)

    (answer,) = engine.run([Ticket(CaptionWork(before, after, request), gone)])

    assert isinstance(answer, ImgdiffError)


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known: embedded"):
        create_engine(CaptioningSettings(backend="nonsense"))


def test_every_word_of_evidence_is_in_the_captions_and_has_a_source(caption, before: RGB, after: RGB) -> None:
    (region,) = caption(before, after, SECOND_CUP).regions
    sources = {word.text: word.source for word in region.words}

    assert sources == {"cup": "detector", "added": "pixels", "the top right": "box"}
    assert all(word.text in region.caption for word in region.words)
    assert all(word.score is None or 0 <= word.score <= 1 for word in region.words)


def test_what_moved_has_words_for_both_of_its_places(caption, before: RGB, after: RGB) -> None:
    turned = after.copy()
    turned[240:384, 440:596] = after[6:150, 440:596]
    turned[6:150, 440:596] = before[6:150, 440:596]
    regions = (
        DetectedRegion(box=SECOND_CUP, difference=0.5, kept=True, moved_to=NEW_PLACE),
        DetectedRegion(box=NEW_PLACE, difference=0.5, kept=True, moved_from=SECOND_CUP),
    )
    answer = caption(after, turned, regions=regions)

    assert [{word.text for word in region.words} >= {"moved", "the top right"} for region in answer.regions] == [
        True
    ] * 2
