"""The lexicon knows every noun that the networks can say, and what is a kind of what."""

import pytest

from services.english.lexicon import lexicon
from services.networks.labels import coco_labels, imagenet_labels


def test_every_class_of_the_detector_is_a_noun_for_something_visible() -> None:
    assert [label for label in coco_labels() if lexicon().noun(label) is None] == []


def test_nearly_every_class_of_the_classifier_is_one() -> None:
    unknown = [label for label in imagenet_labels() if lexicon().noun(label) is None]

    assert len(unknown) < 20, unknown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dalmatian", "dog"),
        ("cars", "vehicle"),
        ("taxi", "car"),
        ("man", "person"),
        ("knives", "knife"),
        ("tabby", "cat"),
        ("wine glasses", "wine glass"),
        ("children", "person"),
        ("sedan", "car"),
    ],
)
def test_a_kind_is_a_kind_of_what_is_above_it(one: str, other: str) -> None:
    assert lexicon().is_a(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("dog", "Dalmatian"), ("dog", "person"), ("cup", "dog"), ("wolf", "dog"), ("car", "cat")]
)
def test_and_not_of_anything_else(one: str, other: str) -> None:
    assert not lexicon().is_a(one, other)


@pytest.mark.parametrize("word", ["quickly", "freedom", "the", "idea", "", "  ", "zzgx", "Prokofiev"])
def test_what_names_nothing_visible_is_no_noun_here(word: str) -> None:
    assert lexicon().noun(word) is None


def test_a_word_that_is_more_often_something_else_is_doubtful() -> None:
    doubtful = {word: noun.doubtful for word in ("can", "left", "dog", "car") if (noun := lexicon().noun(word))}

    assert doubtful == {"can": True, "left": True, "dog": False, "car": False}
