"""The matcher beside the embedded evidence."""

from collections.abc import Mapping, Sequence

import numpy as np

from imgdiff.evidence import ImageNumber
from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.two_stages.matched_evidence import MatchedEvidence


class OneCup:
    """Evidence of one red cup that was added at the top right."""

    def shows(self, image: ImageNumber, noun: str) -> bool:
        return (image, noun) == (2, "cup")

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
    both = MatchedEvidence(OneCup(), matcher, (grey, marked), (10, 10, 30, 30), 0.5)

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
