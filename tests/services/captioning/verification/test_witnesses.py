"""The witnesses answer from real pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from imgdiff.evidence import Outcome
from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.observation.colours import colour_of
from services.captioning.observation.kinds import bears_out
from services.captioning.verification import Witness, checked
from services.captioning.verification.embedded_witness import EmbeddedWitness, Region
from services.captioning.verification.matching_witness import MatchingWitness
from services.captioning.verification.places import words_of_place
from services.captioning.verification.views import Sight
from services.networks.classifier import Classifier
from services.networks.detector import ObjectDetector

SECOND_CUP = (440, 6, 596, 150)
CUP = (150, 10, 430, 320)


def _shares(image: RGB, inside: NDArray[np.bool_]) -> Mapping[str, float]:
    colour = colour_of(image, inside)
    return {} if colour is None else {colour: 0.7}


@pytest.fixture(scope="module")
def sights(before: RGB, after: RGB) -> tuple[Sight, Sight]:
    detector, classifier = ObjectDetector(1), Classifier(1)
    return Sight(before, detector, classifier), Sight(after, detector, classifier)


@pytest.fixture(scope="module")
def witness(sights: tuple[Sight, Sight]) -> Witness:
    return EmbeddedWitness(sights, Region(SECOND_CUP, changes=frozenset({Change.ADDED})), _shares)


def test_a_thing_is_shown_where_it_is_and_by_every_name_it_has(witness: Witness) -> None:
    assert [witness.shows(image, "cup") for image in (1, 2)] == [False, True]
    assert not any(witness.shows(image, noun) for image in (1, 2) for noun in ("elephant", "person", "unicorn"))
    assert witness.elsewhere(1, "cup")
    assert not witness.elsewhere(1, "elephant")


def test_places_counts_and_names_come_from_the_same_pictures(witness: Witness) -> None:
    assert witness.places() == {"top", "right"}
    assert witness.destination() is None
    assert witness.changes() == {Change.ADDED}
    assert (witness.count(2, "cup"), witness.count(1, "cup"), witness.count(2, "unicorn")) == (1, None, None)
    assert (witness.name(1), witness.name(2)) == (None, "cup")


def test_changed_pixels_alone_have_colours(sights: tuple[Sight, Sight]) -> None:
    nothing = np.zeros((144, 156), bool)

    assert EmbeddedWitness(sights, Region(SECOND_CUP, changed=nothing), _shares).colours(1) == {}


def test_what_moved_is_shown_in_image2_where_it_came_to(sights: tuple[Sight, Sight]) -> None:
    moved = EmbeddedWitness((sights[1], sights[1]), Region(CUP, moved_to=SECOND_CUP), _shares)

    assert moved.shows(2, "cup")
    assert moved.destination() == {"top", "right"}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("A cup at the top right has been added.", Outcome.VERIFIED),
        ("In the second image there is another cup in the upper right corner.", Outcome.VERIFIED),
        ("A cup at the bottom left has been added.", Outcome.REPAIRED),
        ("The cup at the top right has been removed.", Outcome.REPAIRED),
        ("Three cups have been added.", Outcome.REPAIRED),
        ("A dog at the top right has been added.", Outcome.DROPPED),
        ("A cup with an elephant has been added.", Outcome.DROPPED),
    ],
)
def test_sentences_are_checked_against_real_pictures(witness: Witness, text: str, outcome: Outcome) -> None:
    assert checked(text, witness, None)[1].outcome is outcome


class NamesColours:
    """A matcher that knows red pictures as tomatoes."""

    models = ()
    calibrated: Mapping[str, float] = {}
    asked = 0

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:
        self.asked += 1
        red = [crop[..., 0].mean() > 2 * crop[..., 1].mean() for crop in crops]
        return [0.9 if one and text == "a photo of a tomato" else 0.1 for one, text in zip(red, texts, strict=True)]

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:
        return [float(one == two) for one, two in zip(texts1, texts2, strict=True)]


def test_the_matcher_adds_to_what_the_networks_see_and_is_asked_once(witness: Witness) -> None:
    grey, marked = np.full((100, 100, 3), 128, np.uint8), np.full((100, 100, 3), 128, np.uint8)
    marked[10:30, 10:30] = (200, 20, 20)
    matcher = NamesColours()
    both = MatchingWitness(witness, matcher, (grey, marked), (10, 10, 30, 30), 0.5)

    assert [both.shows(image, "tomato") for image in (1, 2)] == [False, True]
    assert not both.elsewhere(2, "tomato")
    assert both.shows(2, "cup")
    asked = matcher.asked
    assert both.shows(2, "tomato")
    assert matcher.asked == asked
    assert (both.places(), both.changes(), both.name(2), both.count(2, "cup"), both.destination()) == (
        {"top", "right"}, {Change.ADDED}, "cup", 1, None,
    )  # fmt: skip
    assert both.colours(2) == witness.colours(2)


@pytest.mark.parametrize(
    ("label", "noun", "so"),
    [
        ("car", "vehicle", True), ("dog", "Dalmatian", False), ("dalmatian", "dog", True), ("person", "woman", True),
        ("couch", "sofa", True), ("dog", "cat", False), ("person", "dog", False), ("cup", "unicorn", False),
    ],
)  # fmt: skip
def test_a_class_bears_out_what_all_of_it_may_be_called(label: str, noun: str, so: bool) -> None:
    assert bears_out(label, noun) is so


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 0, 20, 20), {"top", "left"}), ((80, 40, 100, 60), {"right"}), ((40, 40, 60, 60), {"centre"}),
        ((0, 0, 100, 100), {"centre"}), ((30, 30, 50, 50), {"left", "top", "centre"}), ((40, 80, 60, 100), {"bottom"}),
    ],
)  # fmt: skip
def test_words_of_place_are_those_that_are_true(box: tuple[int, int, int, int], words: set[str]) -> None:
    assert words_of_place(box, 100, 100) == words
