"""A right word counts as right, a wrong one as wrong, and a missing one as neither."""

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.captions.scores import RegionScore, nouns_in, score_region
from benchmarks.captions.tables import changes, names
from imgdiff.evidence import Check, Outcome
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion
from training.caption_pairs import Truth
from training.coco_photos import Instance


def _region(change: Change, label1: str | None = None, label2: str | None = None, **more: object) -> CaptionedRegion:
    return CaptionedRegion.model_validate(
        {"change": change, "label1": label1, "label2": label2, "caption": "It has changed.", "kept": True, **more}
    )


def _added(region: CaptionedRegion | None, label: str = "dog", around: Sequence[Instance] = ()) -> RegionScore:
    return score_region("added", Truth((10, 10, 60, 60), Change.ADDED, None, label), region, around)


@pytest.mark.parametrize(
    ("true", "noun", "right"),
    [
        ("dog", "dog", True),
        ("dog", "animal", True),
        ("tv", "television", True),
        ("couch", "sofa", True),
        ("dog", "cat", False),
        ("animal", "dog", False),
        ("car", "truck", False),
    ],
)
def test_synonyms_and_hypernyms_are_right(true: str, noun: str, right: bool) -> None:
    assert _added(_region(Change.ADDED, None, noun), true).named == (right,)


def test_no_noun_is_not_a_wrong_noun() -> None:
    one = _added(_region(Change.ADDED))

    assert (one.named, one.nouns, one.direction) == ((None,), (), True)


def test_a_more_specific_noun_is_not_right_but_counted_apart_from_an_invented_one() -> None:
    narrower, invented = (
        _added(_region(Change.ADDED, None, "airliner"), "airplane"),
        _added(_region(Change.ADDED, None, "cat")),
    )

    assert (narrower.named, narrower.narrower) == ((False,), ("airliner",))
    assert (invented.named, invented.narrower) == ((False,), ())


def test_a_reversed_direction_is_not_a_missing_one() -> None:
    assert _added(_region(Change.REMOVED, "dog")).direction is False
    assert _added(_region(Change.CHANGED, None, "dog")).direction is None


def test_a_noun_for_the_ground_is_true_only_where_it_is_annotated() -> None:
    around = Instance.of("cat", np.pad(np.ones((40, 40), bool), ((15, 45), (15, 45))))
    region = _region(Change.REPLACED, "cat", "dog")

    assert dict(_added(region).nouns) == {"cat": False, "dog": True}
    assert dict(_added(region, around=(around,)).nouns) == {"cat": True, "dog": True}


def test_a_noun_of_the_sentence_alone_is_scored_too() -> None:
    region = _region(Change.ADDED, None, "dog", caption="A brown dog with an umbrella at the top left has been added.")

    assert dict(_added(region).nouns) == {"dog": True, "umbrella": False}


@pytest.mark.parametrize("more", [{"kept": False}, {"check": Check(outcome=Outcome.DROPPED)}])
def test_a_dropped_caption_counts_as_absent(more: dict[str, object]) -> None:
    one = _added(_region(Change.ADDED, None, "dog", **more))

    assert (one.found, one.reported, one.named) == (True, None, (None,))


def test_no_caption_of_an_unchanged_place_is_right() -> None:
    nothing = Truth((0, 0, 9, 9), None)

    assert score_region("unchanged", nothing, None, ()).change_right
    assert not score_region("unchanged", nothing, _region(Change.CHANGED), ()).change_right


def test_one_name_is_counted_once() -> None:
    painted = Truth((0, 0, 9, 9), Change.RECOLOURED, "dog", "dog")
    left = Truth((0, 0, 9, 9), Change.MOVED, "dog", None, moved_to=(20, 0, 29, 9))
    came = Truth((20, 0, 29, 9), Change.MOVED, None, "dog", moved_from=(0, 0, 9, 9))
    moved = [
        score_region("moved", one, _region(Change.MOVED, one.label1, one.label2), (), given=True)
        for one in (left, came)
    ]

    assert score_region("recoloured", painted, _region(Change.RECOLOURED, "dog", "dog"), ()).named == (True,)
    assert names(moved)[2].split(" | ")[1].endswith(" 1/1")


def test_a_kind_that_was_given_is_not_counted() -> None:
    left = Truth((0, 0, 9, 9), Change.MOVED, "dog", None, moved_to=(20, 0, 29, 9))
    region = _region(Change.MOVED, "dog")

    assert changes([score_region("moved", left, region, (), given=True)])[2].split(" | ")[2] == "-"
    assert changes([score_region("moved", left, region, ())])[2].split(" | ")[2].endswith(" 1/1")


def test_nouns_are_compounds_first_and_no_places() -> None:
    assert nouns_in("A red wine glass at the top left has been removed.") == ["wine glass"]
    assert nouns_in("Two dogs in the centre have changed.") == ["dogs"]
