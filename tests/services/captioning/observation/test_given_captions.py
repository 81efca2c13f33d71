"""Given captions are evidence beside the pixels, and never overrule a name that the networks are sure of."""

import numpy as np
import pytest

from imgdiff.evidence import WordSource
from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.observation.features import Features
from services.captioning.observation.given_captions import CaptionedThings, compare_captions
from services.captioning.observation.inspection import inspect_region

BOX = (20, 20, 84, 84)


@pytest.mark.parametrize(
    ("caption1", "caption2", "expected"),
    [
        ("a photo of two cups and a spoon", "a photo of a spoon and a cup", CaptionedThings(("cup",), ())),
        ("a man rides a horse", "a man rides a zebra", CaptionedThings(("horse",), ("zebra",))),
        ("an empty street", "a dog on an empty street", CaptionedThings((), ("dog",))),
        ("a red cup", "a blue cup", None),
        ("a red cup", None, None),
        (None, None, None),
    ],
)
def test_captions_name_what_only_one_image_has(
    caption1: str | None, caption2: str | None, expected: CaptionedThings | None
) -> None:
    assert compare_captions(caption1, caption2) == expected


def test_a_thing_counts_before_the_scenery_around_it() -> None:
    captioned = compare_captions("a plane in the sky", "a boat in the ocean")

    assert captioned is not None
    assert (captioned.noun(1), captioned.noun(2)) == ("plane", "boat")
    assert CaptionedThings(("sky",), ()).noun(1) == "sky"
    assert CaptionedThings(("cup", "dog"), ()).noun(1) is None


@pytest.mark.parametrize(
    ("captioned", "seen", "named", "change"),
    [
        (CaptionedThings(("elephant",), ()), "replaced", (True, False), "removed"),
        (CaptionedThings(("elephant",), ()), "replaced", (True, True), "replaced"),
        (CaptionedThings((), ("dog",)), "replaced", (False, True), "added"),
        (CaptionedThings(("horse",), ("zebra",)), "replaced", (False, False), "replaced"),
        (CaptionedThings(("elephant",), ()), "added", (False, True), "added"),
    ],
)
def test_what_was_filled_after_something_went_replaced_nothing(
    captioned: CaptionedThings, seen: str, named: tuple[bool, bool], change: str
) -> None:
    assert captioned.refine(Change(seen), named) == change


@pytest.mark.parametrize(
    ("look", "change"),
    [
        ({"named": (True, False), "one_sided": False}, "changed"),
        ({"named": (True, False), "one_sided": False, "distinct": True}, "replaced"),
        ({"named": (True, True), "one_sided": True, "distinct": True}, "replaced"),
        ({"named": (True, False), "one_sided": True}, "removed"),
    ],
)
def test_what_the_captions_exchange_was_not_removed_where_the_pixels_leave_it_open(look: dict, change: str) -> None:
    exchanged = compare_captions("a plane in the sky", "a boat in the ocean", places=2)

    assert exchanged is not None
    assert exchanged.refine(Change.REMOVED, **look) == change


def test_what_is_exchanged_at_the_only_place_that_differs_is_there_on_both_sides() -> None:
    exchanged = compare_captions("a teddy bear", "a dog", places=1)

    assert exchanged is not None
    assert exchanged.refine(Change.REMOVED, (True, False), one_sided=True, distinct=True) == Change.CHANGED
    assert exchanged.refine(Change.ADDED, (True, True), one_sided=True, distinct=True) == Change.REPLACED


def test_a_given_noun_needs_a_look_that_makes_it_likely() -> None:
    images = _square_of(120), np.full((104, 104, 3), 120, np.uint8)

    likely = inspect_region(_looking(cup=0.65), images, BOX, None, CaptionedThings(("cup",), ()))
    unlikely = inspect_region(_looking(), images, BOX, None, CaptionedThings(("cup",), ()))
    alone = inspect_region(_looking(cup=0.65), images, BOX, None)

    assert (likely.finding.change, likely.finding.label1) == (Change.REMOVED, "cup")
    assert [word.source for word in likely.finding.words if word.text == "cup"] == [WordSource.GIVEN]
    assert (unlikely.finding.change, unlikely.finding.label1, alone.finding.label1) == (Change.REMOVED, None, None)


def _square_of(ground: int) -> RGB:
    image = np.full((104, 104, 3), ground, np.uint8)
    image[20:84, 20:84] = (200, 30, 30)
    return image


def _looking(cup: float = 0.0):
    """Looks at which a cut-out is this likely a cup."""
    detected = np.zeros((3, 80), np.float32)
    detected[0, 41], detected[1:, 41] = cup / 4, cup
    features = Features(detected, np.full((3, 1000), 0.001, np.float32), (), np.ones(4, np.float32))
    return lambda *_: features
