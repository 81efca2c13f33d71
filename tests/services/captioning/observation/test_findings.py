"""Pixels and names decide together what happened, and a thing that moved has one name."""

from dataclasses import replace

import numpy as np
import pytest

from imgdiff.boxes import iou
from imgdiff.evidence import Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.observation.change_mask import figure, silhouette
from services.captioning.observation.crops import Looks
from services.captioning.observation.findings import Finding, Found, Side, as_one, change_of, find, moved
from services.captioning.observation.naming import Name, Naming, names
from services.captioning.observation.presence import presence
from services.imaging.figure_ground import crop_pair

CUP = (150, 10, 430, 320)
SECOND_CUP = (440, 6, 596, 150)
FINDING = Finding(CUP, Change.CHANGED, None, None, None, None)


def _side(thing: float, label: str | None = None, direction: int = 0) -> Side:
    name = None if label is None else Name(label, 0.9, WordSource.DETECTOR)
    embedding = np.eye(4, dtype=np.float32)[direction]
    return Side(thing, Looks(np.zeros((3, 80), np.float32), np.zeros(1000, np.float32), (), embedding), None, name)


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        (_side(0.9, "dog"), _side(0.9, "cat"), "replaced"), (_side(0.9, "dog"), _side(0.9, "dog", 1), "changed"),
        (_side(0.9), _side(0.9), "changed"), (_side(0.9), _side(0.9, "cat", 1), "replaced"),
        (_side(0.9, "dog"), _side(0.1), "removed"), (_side(0.1), _side(0.9), "added"),
        (_side(0.1), _side(0.2), "changed"),
    ],
)  # fmt: skip
def test_things_and_their_names_decide_the_kind_of_change(first: Side, second: Side, change: str) -> None:
    assert change_of(first, second) == change


def test_the_image_with_the_thing_is_told_by_pixels(before: RGB, after: RGB) -> None:
    inside = silhouette(before, after, SECOND_CUP, None)
    came = presence(crop_pair(before, after, SECOND_CUP, inside))

    assert came[0] < 0.2
    assert came[1] > 0.8
    assert presence(crop_pair(after, before, SECOND_CUP, inside)) == (came[1], came[0])


def test_the_outline_is_that_of_what_came(before: RGB, after: RGB) -> None:
    wide = (420, 0, 600, 170)
    inside = silhouette(before, after, wide, None)

    assert inside.shape == (170, 180)
    assert 0.3 < inside.mean() < 0.85
    assert not inside[160:].any()
    assert inside[60:90, 60:120].all()


def test_no_outline_is_the_whole_box_or_what_was_given(before: RGB) -> None:
    given = np.zeros((310, 280), bool)
    given[5:20, 5:20] = True

    assert silhouette(before, before, CUP, None).all()
    assert (silhouette(before, before, CUP, given) == given).all()
    assert silhouette(before, before, (3, 4, 4, 5), None).shape == (1, 1)


def _named(label: str, share: float) -> Naming:
    probabilities = np.zeros(len(names()), np.float32)
    probabilities[names().index(label)] = share
    return Naming(probabilities)


def _found(first: Naming | None, second: Naming | None, **words: str) -> Found:
    sides = tuple(Side(0.9, None, one, None if one is None else one.name()) for one in (first, second))
    return Found(replace(FINDING, **words), (sides[0], sides[1]), np.ones((310, 280), bool))


def test_a_thing_that_moved_has_one_name_at_both_places() -> None:
    left, came = moved(
        _found(_named("cup", 0.6), None), _found(None, _named("cup", 0.9), label1="plate", colour2="red")
    )

    assert (left.change, left.label1, left.colour1, left.label2) == (Change.MOVED, "cup", "red", None)
    assert (came.change, came.label1, came.label2) == (Change.MOVED, "plate", "cup")
    assert left.words == came.words
    assert left.words[0].score == 0.75


def test_a_thing_that_looks_another_at_each_place_has_no_name() -> None:
    left, came = moved(_found(_named("cup", 0.8), None), _found(None, _named("dog", 0.8)))

    assert (left.label1, came.label2) == (None, None)
    assert [word.text for word in left.words] == ["moved"]


def test_what_was_counted_wrongly_is_said_of_one() -> None:
    words = tuple(Word(text=text, source=WordSource.DETECTOR) for text in ("cups", "two", "red"))
    one = as_one(replace(FINDING, label2="cup", count=2, words=words))

    assert (one.count, one.label2, [word.text for word in one.words]) == (1, "cup", ["cup", "red"])


def test_two_things_of_one_outline_are_cut_apart() -> None:
    ground = np.full((200, 200, 3), 120, np.uint8)
    ground[60:100, 40:160] = (200, 30, 30)
    outline = np.zeros((120, 120), bool)
    outline[20:60], outline[:, 40:80] = True, True

    box, flags = figure(ground, (40, 40, 160, 160), outline)

    assert flags.shape == (box[3] - box[1], box[2] - box[0])
    assert iou(box, (40, 60, 160, 100)) > 0.9
    assert figure(ground, (0, 0, 200, 200), np.ones((200, 200), bool))[0] == (0, 0, 200, 200)  # there is no ground


def test_a_thing_in_the_colour_of_the_ground_behind_it_has_no_colour() -> None:
    lawn = np.full((104, 104, 3), (40, 150, 60), np.uint8)
    dog, cup = lawn.copy(), lawn.copy()
    dog[20:84, 20:84] = (60, 175, 85)  # nearly all of the outline is grass in another light
    dog[40:60, 40:60] = (110, 68, 36)
    cup[20:84, 20:84] = (200, 35, 40)
    looks = Looks(np.zeros((3, 80), np.float32), np.zeros(1000, np.float32), (), np.ones(4, np.float32))

    loose, red = (find(lambda *_: looks, (image, lawn), (20, 20, 84, 84), None).finding for image in (dog, cup))

    assert (loose.change, loose.colour1) == (Change.REMOVED, None)
    assert (red.change, red.colour1) == (Change.REMOVED, "red")
