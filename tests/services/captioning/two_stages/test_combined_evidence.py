"""Noun sources beside the embedded evidence."""

from collections.abc import Mapping, Sequence

import numpy as np

from imgdiff.evidence import ImageNumber
from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.two_stages.combined_evidence import CombinedEvidence
from services.captioning.two_stages.noun_source import AnsweredNouns, MatchedNouns


class OneCup:
    """Evidence of one red cup that was added at the top right."""

    def shows(self, image: ImageNumber, noun: str) -> bool:
        return (image, noun) == (2, "cup")

    def support(self, image: ImageNumber, noun: str) -> float:
        return float(self.shows(image, noun))

    def lacks(self, image: ImageNumber, noun: str) -> bool:
        return not self.shows(image, noun)

    def elsewhere(self, image: ImageNumber, noun: str) -> bool:
        return False

    def colours(self, image: ImageNumber) -> Mapping[str, float]:
        return {"red": 0.7}

    def count(self, image: ImageNumber, noun: str) -> int | None:
        return 1

    def places(self) -> frozenset[str]:
        return frozenset({"top", "right"})

    def destination(self) -> frozenset[str] | None:
        return None

    def changes(self) -> frozenset[Change]:
        return frozenset({Change.ADDED})


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


def test_the_matcher_adds_to_what_the_networks_see_and_is_asked_once() -> None:
    grey, marked = np.full((100, 100, 3), 128, np.uint8), np.full((100, 100, 3), 128, np.uint8)
    marked[10:30, 10:30] = (200, 20, 20)
    matcher = NamesColours()
    both = CombinedEvidence(OneCup(), [MatchedNouns(matcher, (grey, marked), (10, 10, 30, 30), 0.5)])

    assert [both.shows(image, "tomato") for image in (1, 2)] == [False, True]
    assert not both.elsewhere(2, "tomato")
    assert both.shows(2, "cup")
    asked = matcher.asked
    assert both.shows(2, "tomato")
    assert matcher.asked == asked
    assert (both.places(), both.changes(), both.count(2, "cup"), both.destination()) == (
        {"top", "right"},
        {Change.ADDED},
        1,
        None,
    )
    assert both.colours(2) == {"red": 0.7}


class _Confirms:
    """A source that sees one thing in image2."""

    def shows(self, image: ImageNumber, noun: str) -> bool | None:
        return True if (image, noun) == (2, "tomato") else None

    def lacks(self, image: ImageNumber, noun: str) -> bool | None:
        return None

    def elsewhere(self, image: ImageNumber, noun: str) -> bool | None:
        return None


def test_a_source_that_denies_outweighs_one_that_confirms_but_not_the_embedded_networks() -> None:
    denying = AnsweredNouns({(2, "tomato"): False, (2, "cup"): False}, confirms=True)
    both = CombinedEvidence(OneCup(), [_Confirms(), denying])

    assert CombinedEvidence(OneCup(), [_Confirms()]).shows(2, "tomato")
    assert not both.shows(2, "tomato")
    assert both.denies(2, "tomato")
    assert both.shows(2, "cup")
    assert not both.denies(2, "cup")


def test_a_source_that_only_objects_confirms_nothing_and_still_sees_what_should_be_absent() -> None:
    answers = {(1, "tomato"): True, (2, "tomato"): True, (1, "cup"): True, (2, "dog"): None}
    trusted, objecting = (CombinedEvidence(OneCup(), [AnsweredNouns(answers, confirms=one)]) for one in (True, False))

    assert (trusted.shows(2, "tomato"), objecting.shows(2, "tomato")) == (True, False)
    assert not trusted.lacks(1, "cup")
    assert not objecting.lacks(1, "cup")
    assert CombinedEvidence(OneCup(), []).lacks(1, "cup")
    assert not trusted.shows(2, "dog")
    assert not trusted.denies(2, "dog")
