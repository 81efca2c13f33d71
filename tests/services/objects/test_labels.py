"""Nouns of requests find the label of the detector."""

import pytest

from services.objects.labels import label_of

LABELS = ("cup", "person", "potted plant", "knife", "sheep", "bus", "couch", "umbrella")


@pytest.mark.parametrize(
    ("noun", "label"),
    [
        ("cup", "cup"),
        ("a Mug", "cup"),
        ("the mugs", "cup"),
        ("men", "person"),
        ("people", "person"),
        ("houseplant", "potted plant"),
        ("knives", "knife"),
        ("sheep", "sheep"),
        ("buses", "bus"),
        ("sofas", "couch"),
        ("spaceship", None),
        ("", None),
    ],
)
def test_a_noun_means_a_label(noun: str, label: str | None) -> None:
    assert label_of(noun, LABELS) == label
