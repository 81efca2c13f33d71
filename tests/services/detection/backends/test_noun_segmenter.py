"""Places proposed and kept by a detector of nouns."""

from collections.abc import Sequence

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Policy
from services.detection.area_generator.generator import AreaPair, Areas, generate
from services.detection.backends.noun_segmenter import NounSegmenter
from services.english.exchange import NO_NOUNS, ExchangedNouns
from services.gpu.noun_detector import FoundNoun
from services.matching.object_matcher import Crop
from tests.services.detection.backends.green_place import GREEN, GreenSegmenter, MeanEmbedder

RED, PLACE, ELSEWHERE = (255, 0, 0), (40, 30, 80, 60), (120, 100, 160, 140)
LIMITS = {"region.no_evidence": 0.05, "object.mismatch": 0.3, "region.too_similar": 0.99}


class ColourDetector:
    """Knows two nouns: the one thing that is green, and the one that is red."""

    models = ()
    least_score = 0.3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, questions: Sequence[tuple[RGB, str]]) -> list[list[FoundNoun]]:
        self.asked += [noun for _, noun in questions]
        return [self._find(image, {"leaf": GREEN, "rose": RED}.get(noun)) for image, noun in questions]

    def _find(self, image: RGB, colour: tuple[int, int, int] | None) -> list[FoundNoun]:
        rows, columns = np.nonzero((image == np.array(colour)).all(2)) if colour else ((), ())
        if not len(rows):
            return []
        box = (int(min(columns)), int(min(rows)), int(max(columns)) + 1, int(max(rows)) + 1)
        return [FoundNoun(box, 0.9)]


def _painted(box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> RGB:
    image = np.full((160, 200, 3), 90, np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = colour
    return image


def _generate(
    image1: RGB, image2: RGB, nouns: ExchangedNouns, segmenter: NounSegmenter, policy: Policy = Policy.DESCRIBE
) -> Areas:
    changed = (image1 != image2).any(2)
    pair = AreaPair(image1, image2, changed, policy, LIMITS, nouns=nouns)
    return generate([pair], segmenter, MeanEmbedder(), segmenter)[0]


EXCHANGED = ExchangedNouns(("leaf",), ("rose",))


def test_a_place_where_the_noun_was_exchanged_is_kept_with_a_filled_mask() -> None:
    detector = ColourDetector()
    found = _generate(_painted(PLACE, GREEN), _painted(PLACE, RED), EXCHANGED, NounSegmenter(detector))

    (area,) = found.areas
    assert area.scores.place == PLACE
    assert area.mask.all()
    assert area.decision.kept
    assert area.scores.object_match == pytest.approx(0.9)
    assert sorted(detector.asked) == ["leaf", "leaf", "rose", "rose"]  # each noun in both images, and never again


@pytest.mark.parametrize(
    ("image1", "image2"),
    [(_painted(PLACE, GREEN), _painted(PLACE, (90, 90, 91))), (_painted(PLACE, (90, 90, 91)), _painted(PLACE, RED))],
)
def test_a_place_where_either_side_shows_its_noun_is_kept(image1: RGB, image2: RGB) -> None:
    found = _generate(image1, image2, EXCHANGED, NounSegmenter(ColourDetector()))

    assert [area.decision.kept for area in found.areas] == [True]


def test_a_place_that_shows_the_nouns_the_other_way_round_is_dropped() -> None:
    swapped = _painted(PLACE, RED), _painted(PLACE, GREEN)
    found = _generate(*swapped, EXCHANGED, NounSegmenter(ColourDetector()), Policy.CURATE)

    assert [area.decision.drops for area in found.areas] == [["object.mismatch"]]


def test_a_crop_matches_what_lies_there_and_nothing_else() -> None:
    segmenter, image = NounSegmenter(ColourDetector()), _painted(PLACE, GREEN)
    crops = [Crop(image, PLACE), Crop(image, ELSEWHERE), Crop(image, (0, 0, 200, 160)), Crop(image, PLACE)]

    assert segmenter.match_nouns(crops, [["rose", "leaf"], ["leaf"], ["leaf"], ["rose"]]) == [0.9, 0.0, 0.0, 0.0]


def test_without_nouns_nothing_is_proposed_and_the_reason_is_given() -> None:
    found = _generate(_painted(PLACE, GREEN), _painted(PLACE, RED), NO_NOUNS, NounSegmenter(ColourDetector()))

    assert found.areas == ()
    assert [reason.code for reason in found.reasons] == ["pair.no_nouns"]


def test_without_nouns_another_segmenter_proposes_where_there_is_one() -> None:
    segmenter = NounSegmenter(ColourDetector(), GreenSegmenter())
    found = _generate(_painted(PLACE, GREEN), _painted(PLACE, RED), NO_NOUNS, segmenter)

    assert [area.scores.place for area in found.areas] == [PLACE]
    assert found.reasons == ()


def test_the_next_batch_asks_anew_and_matching_asks_only_what_is_unknown() -> None:
    detector, image = ColourDetector(), _painted(PLACE, GREEN)
    segmenter = NounSegmenter(detector)
    segmenter.segment_nouns([image, image.copy()], [["leaf"], ["leaf"]])
    segmenter.match_nouns([Crop(image, PLACE)] * 2, [["leaf"], ["rose"]])
    assert detector.asked == ["leaf", "rose"]

    segmenter.segment_nouns([image], [["leaf"]])
    assert detector.asked == ["leaf", "rose", "leaf"]
