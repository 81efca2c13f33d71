"""Objects that the captions exchange are proposed where the map is sure of nothing; on photos, by the real networks."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from imgdiff.boxes import area, intersection
from imgdiff.images import RGB
from imgdiff.records import Policy
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.evidence.view import PixelEvidence
from services.detection.limits import DRIFT_CONFIDENCE, NAMED_CONFIDENCE
from services.detection.proposals.named_objects import add_named
from services.detection.proposals.proposal import Proposal, Proposals
from services.english.exchange import ExchangedNouns
from services.matching.embedded_objects import DetectedObjects

CAT_TO_CUP = ExchangedNouns(("cat",), ("cup",))
WHOLE = (0, 0, 450, 300)
Add = Callable[..., list[Proposal]]


@pytest.fixture(scope="module")
def cat() -> RGB:
    return np.asarray(cv2.resize(data.chelsea(), (450, 300), interpolation=cv2.INTER_AREA), np.uint8)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def cup() -> RGB:
    return np.asarray(cv2.resize(data.coffee(), (450, 300), interpolation=cv2.INTER_AREA), np.uint8)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def matcher() -> DetectedObjects:
    return DetectedObjects.load(1, stage="detection")


@pytest.fixture(scope="module")
def add(extractor: EmbeddedExtractor, matcher: DetectedObjects) -> Add:
    """The proposals that are added to known ones; every second pixel column changed."""

    def run(
        image1: RGB, image2: RGB, *known: Proposal, nouns: ExchangedNouns = CAT_TO_CUP, policy: Policy = Policy.DESCRIBE
    ) -> list[Proposal]:
        excess = np.zeros(image1.shape[:2], np.float32)
        excess[:, ::2] = 10
        before = Proposals(list(known), excess > 1)
        evidence = PixelEvidence(excess, 1.0, 0)
        after = add_named(before, (image1, image2), evidence, nouns, matcher, extractor, policy=policy)
        assert [one.box for one in after.items[: len(known)]] == [one.box for one in known]
        return after.items if policy is Policy.CURATE else after.items[len(known) :]

    return run


def test_the_place_is_where_each_image_shows_its_own_noun(add: Add, cat: RGB, cup: RGB) -> None:
    (both,) = add(cat, cup)

    assert both.confidence == NAMED_CONFIDENCE
    assert both.pixels == pytest.approx(area(both.box) / 2, rel=0.01)
    assert both.mass == 10 * both.pixels
    assert intersection(both.box, (150, 60, 330, 220)) == area((150, 60, 330, 220))


def test_one_of_the_two_nouns_is_enough(add: Add, cat: RGB) -> None:
    assert len(add(cat, np.full_like(cat, 120))) == 1
    assert len(add(np.full_like(cat, 120), cat, nouns=ExchangedNouns((), ("cat",)))) == 1


def test_nothing_is_added_where_both_images_show_the_same_or_no_noun_is_found(add: Add, cat: RGB, cup: RGB) -> None:
    brighter = np.asarray(np.clip(cat * 1.1, 0, 255), np.uint8)

    assert add(cat, brighter) == []
    assert add(cat, cup, nouns=ExchangedNouns(("zebra",), ("bus",))) == []
    assert add(cup, cat) == []  # each noun in the other's image


def test_a_likely_proposal_stays_the_place_unless_it_is_far_larger(add: Add, cat: RGB, cup: RGB) -> None:
    (named,) = add(cat, cup)
    x1, y1, x2, y2 = named.box
    middle = ((3 * x1 + x2) // 4, (3 * y1 + y2) // 4, (x1 + 3 * x2) // 4, (y1 + 3 * y2) // 4)
    small = np.full((900, 1350, 3), 127, np.uint8)
    small1, small2 = small.copy(), small.copy()
    small1[300:600, 450:900], small2[300:600, 450:900] = cat, cup

    assert add(cat, cup, Proposal(middle, 9, 9.0, 0.8)) == []
    assert len(add(cat, cup, Proposal(middle, 9, 9.0, 0.3))) == 1
    wide = Proposal((0, 0, 1350, 900), 9, 9.0, 0.8)
    assert len(add(small1, small2, wide)) == 1
    doubted, named = add(small1, small2, wide, policy=Policy.CURATE)
    assert (doubted.confidence, named.confidence) == (DRIFT_CONFIDENCE, NAMED_CONFIDENCE)
