"""Pixels and names decide together what happened, and a thing that moved has one name."""

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from imgdiff.evidence import WordSource
from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.observation.features import Features
from services.captioning.observation.finding import Finding
from services.captioning.observation.inspection import Inspection, Side, decide_change, inspect_region, link_move
from services.captioning.observation.naming import Name, Naming, names

CUP = (150, 10, 430, 320)
FINDING = Finding(CUP, Change.CHANGED, None, None, None, None)
_BLANK = Features(np.zeros((3, 80), np.float32), np.zeros((3, 1000), np.float32), (), np.ones(4, np.float32))


@pytest.fixture(scope="module")
def photo() -> RGB:
    return np.ascontiguousarray(data.coffee(), np.uint8)  # type: ignore[no-untyped-call]


def _side(thing: float, label: str | None = None, direction: int = 0) -> Side:
    name = None if label is None else Name(label, 0.9, WordSource.DETECTOR)
    embedding = np.eye(4, dtype=np.float32)[direction]
    return Side(
        thing, Features(np.zeros((3, 80), np.float32), np.zeros((3, 1000), np.float32), (), embedding), None, name
    )


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        (_side(0.9, "dog"), _side(0.9, "cat"), "replaced"),
        (_side(0.9, "dog"), _side(0.9, "dog", 1), "changed"),
        (_side(0.9), _side(0.9), "changed"),
        (_side(0.9), _side(0.9, "cat", 1), "replaced"),
        (_side(0.9, "dog"), _side(0.1), "removed"),
        (_side(0.1), _side(0.9), "added"),
        (_side(0.1), _side(0.2), "changed"),
    ],
)
def test_things_and_their_names_decide_the_kind_of_change(first: Side, second: Side, change: str) -> None:
    assert decide_change(first, second) == change


def test_where_neither_image_clearly_shows_ground_only_a_noun_makes_a_thing_come_or_go() -> None:
    one_sided = {"one_sided": False}

    assert decide_change(_side(0.6), _side(0.4), **one_sided) is Change.CHANGED
    assert decide_change(_side(0.6, "dog"), _side(0.4), **one_sided) is Change.REMOVED
    assert decide_change(_side(0.6), _side(0.4, "dog"), **one_sided) is Change.CHANGED


def _named(label: str, share: float) -> Naming:
    probabilities = np.zeros(len(names()), np.float32)
    probabilities[names().index(label)] = share
    return Naming(probabilities)


def _found(first: Naming | None, second: Naming | None, **words: str) -> Inspection:
    sides = tuple(Side(0.9, None, one, None if one is None else one.name()) for one in (first, second))
    return Inspection(replace(FINDING, **words), (sides[0], sides[1]), np.ones((310, 280), bool))


def test_a_thing_that_moved_has_one_name_at_both_places() -> None:
    left, came = link_move(
        _found(_named("cup", 0.9), None), _found(None, _named("cup", 0.9), label1="plate", colour2="red")
    )

    assert (left.change, left.label1, left.colour1, left.label2) == (Change.MOVED, "cup", "red", None)
    assert (came.change, came.label1, came.label2) == (Change.MOVED, "plate", "cup")
    assert left.words == came.words
    assert left.words[0].score == 0.9


def test_a_thing_that_features_another_at_each_place_has_no_name() -> None:
    left, came = link_move(_found(_named("cup", 0.9), None), _found(None, _named("dog", 0.9)))

    assert (left.label1, came.label2) == (None, None)
    assert [word.text for word in left.words] == ["moved"]


def test_a_shadow_and_a_patch_of_light_are_no_things(photo: RGB) -> None:
    y, x = np.mgrid[-1:1:96j, -1:1:160j]
    inside = np.hypot(x, y) < 0.95
    for gain in (0.5, 1.5):
        shaded = photo.copy()
        part = shaded[300:396, 300:460]
        part[inside] = np.clip(part[inside] * gain, 0, 255)

        found = inspect_region(lambda *_: _BLANK, (photo, shaded), (300, 300, 460, 396), None).finding
        assert (found.change, found.label1, found.label2) == (Change.CHANGED, None, None)


def test_brown_and_grey_are_only_said_of_what_turned_from_or_into_them() -> None:
    """Dim light makes them of other colours, and so do mixtures."""
    ground = np.full((104, 104, 3), (40, 150, 60), np.uint8)
    cup, dyed = ground.copy(), ground.copy()
    cup[20:84, 20:84] = np.linspace((120, 70, 35), (80, 45, 20), 64)[:, None].astype(np.uint8)
    dyed[20:84, 20:84] = np.linspace((40, 70, 200), (20, 40, 150), 64)[:, None].astype(np.uint8)

    added, turned = (
        inspect_region(lambda *_: _BLANK, (before, cup), (20, 20, 84, 84), None).finding for before in (ground, dyed)
    )

    assert (added.change, added.colour2) == (Change.ADDED, None)
    assert (turned.change, turned.colour1, turned.colour2) == (Change.RECOLOURED, "blue", "brown")


def test_a_thing_in_the_colour_of_the_ground_behind_it_has_no_colour() -> None:
    lawn = np.full((104, 104, 3), (40, 150, 60), np.uint8)
    dog, cup = lawn.copy(), lawn.copy()
    dog[20:84, 20:84] = (60, 175, 85)  # nearly all of the outline is grass in another light
    dog[40:60, 40:60] = (110, 68, 36)
    cup[20:84, 20:84] = (200, 35, 40)

    loose, red = (
        inspect_region(lambda *_: _BLANK, (image, lawn), (20, 20, 84, 84), None).finding for image in (dog, cup)
    )

    assert (loose.change, loose.colour1) == (Change.REMOVED, None)
    assert (red.change, red.colour1) == (Change.REMOVED, "red")
