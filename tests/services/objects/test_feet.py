"""A bust or a thing whose foot is hidden is noticed."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags
from services.imaging.masks import fill_superellipse
from services.networks.detector import DetectedObject
from services.networks.labels import coco_labels
from services.objects.contact import measure_contact
from services.objects.feet import ends_flat, is_foot_hidden
from services.objects.photo_objects import PhotoObjects

SHAPE = (100, 160, 3)


class _Finder:
    """Detects the given objects, which fill their boxes."""

    labels = coco_labels()

    def __init__(self, *objects: tuple[str, Box]) -> None:
        self._objects = tuple(DetectedObject(label, 0.6, box) for label, box in objects)

    def detect(self, image: RGB) -> tuple[DetectedObject, ...]:
        return self._objects

    def mask(self, image: RGB, box: Box) -> Flags:
        return fill_superellipse(box, image.shape)


def _objects(*objects: tuple[str, Box]) -> PhotoObjects:
    return PhotoObjects(np.zeros(SHAPE, np.uint8), _Finder(*objects))


def _legs(bottom: int) -> Flags:
    mask = np.zeros(SHAPE[:2], np.bool_)
    mask[10:60, 30:90] = True
    mask[60:bottom, 34:44] = mask[60:bottom, 76:86] = True
    return mask


@pytest.mark.parametrize(
    ("label", "bottom", "flat"), [("dog", 90, False), ("dog", 60, True), ("person", 60, True), ("suitcase", 60, False)]
)
def test_a_living_thing_without_legs_ends_flat(label: str, bottom: int, *, flat: bool) -> None:
    assert ends_flat(label, _legs(bottom)) is flat


@pytest.mark.parametrize(
    ("other", "hidden"),
    [
        (("suitcase", (40, 60, 110, 98)), True),
        (("suitcase", (100, 60, 150, 98)), False),  # beside it
        (("dining table", (40, 60, 110, 98)), False),  # it stands on that
        (("suitcase", (30, 20, 90, 50)), False),  # above its foot
    ],
)
def test_the_foot_of_a_thing_may_be_hidden_behind_another(other: tuple[str, Box], *, hidden: bool) -> None:
    assert is_foot_hidden(_objects(("dog", (40, 20, 90, 70)), other), 0, (0,)) is hidden


def test_what_goes_with_a_thing_does_not_hide_its_foot() -> None:
    objects = _objects(("person", (40, 20, 90, 70)), ("suitcase", (40, 60, 110, 98)))

    assert not is_foot_hidden(objects, 0, (0, 1))


def test_contact_is_the_share_of_the_outline_that_others_touch() -> None:
    objects = _objects(("dog", (20, 20, 60, 60)), ("dog", (60, 20, 100, 60)), ("dog", (120, 20, 150, 60)))

    assert 0 < measure_contact(objects, 0, (1,)) < 0.5
    assert measure_contact(objects, 0, (2,)) == 0
    assert measure_contact(objects, 0, ()) == 0
