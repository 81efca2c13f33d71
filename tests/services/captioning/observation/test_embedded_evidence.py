"""The embedded evidence answers from real pictures."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.observation.embedded_evidence import EmbeddedEvidence, Region, place_words
from services.captioning.observation.views import ImageView
from services.captioning.verification.check import check_sentence
from services.networks.classifier import Classifier
from services.networks.detector import ObjectDetector

SECOND_CUP = (440, 6, 596, 150)
CUP = (150, 10, 430, 320)


@pytest.fixture(scope="module")
def views(before: RGB, after: RGB) -> tuple[ImageView, ImageView]:
    detector, classifier = ObjectDetector(1), Classifier(1)
    return ImageView(before, detector, classifier), ImageView(after, detector, classifier)


@pytest.fixture(scope="module")
def evidence(views: tuple[ImageView, ImageView]) -> EmbeddedEvidence:
    return EmbeddedEvidence(views, Region(SECOND_CUP, changes=frozenset({Change.ADDED})))


def test_a_thing_is_shown_where_it_is_and_by_every_name_it_has(evidence: EmbeddedEvidence) -> None:
    assert [evidence.shows(image, "cup") for image in (1, 2)] == [False, True]
    assert not any(evidence.shows(image, noun) for image in (1, 2) for noun in ("elephant", "person", "unicorn"))
    assert [evidence.lacks(image, "cup") for image in (1, 2)] == [True, False]
    assert evidence.elsewhere(1, "cup")
    assert not evidence.elsewhere(1, "elephant")


def test_places_and_counts_come_from_the_same_pictures(evidence: EmbeddedEvidence) -> None:
    assert evidence.places() == {"top", "right"}
    assert evidence.destination() is None
    assert evidence.changes() == {Change.ADDED}
    assert (evidence.count(2, "cup"), evidence.count(1, "cup"), evidence.count(2, "unicorn")) == (1, None, None)


def test_changed_pixels_alone_have_colours(views: tuple[ImageView, ImageView]) -> None:
    nothing = np.zeros((144, 156), bool)

    assert EmbeddedEvidence(views, Region(SECOND_CUP, changed=nothing)).colours(1) == {}


def test_what_moved_is_shown_in_image2_where_it_came_to(views: tuple[ImageView, ImageView]) -> None:
    moved = EmbeddedEvidence((views[1], views[1]), Region(CUP, moved_to=SECOND_CUP))

    assert moved.shows(2, "cup")
    assert moved.destination() == {"top", "right"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A cup at the top right has been added.", set()),
        ("In the second image there is another cup in the upper right corner.", set()),
        ("A cup at the bottom left has been added.", {"text.wrong_place"}),
        ("The cup at the top right has been removed.", {"text.wrong_image"}),
        ("Three cups have been added.", {"text.wrong_count"}),
        ("A dog at the top right has been added.", {"text.unsupported"}),
        ("A cup with an elephant has been added.", {"text.unsupported"}),
    ],
)
def test_sentences_are_checked_against_real_pictures(evidence: EmbeddedEvidence, text: str, codes: set[str]) -> None:
    published, check = check_sentence(text, evidence, None)

    assert {one.code for one in check.objections} == codes
    assert published == (None if codes else text)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 0, 20, 20), {"top", "left"}),
        ((80, 40, 100, 60), {"right"}),
        ((40, 40, 60, 60), {"centre"}),
        ((0, 0, 100, 100), {"centre"}),
        ((30, 30, 50, 50), {"left", "top", "centre"}),
        ((40, 80, 60, 100), {"bottom"}),
    ],
)
def test_words_of_place_are_those_that_are_true(box: tuple[int, int, int, int], words: set[str]) -> None:
    assert place_words(box, 100, 100) == words
