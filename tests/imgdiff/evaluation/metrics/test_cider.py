"""CIDEr-D is the published implementation's."""

import pytest

from imgdiff.evaluation.metrics.cider import cider_d
from tests.imgdiff.evaluation.metrics.sentences import CANDIDATES, COCO, REFERENCES

WORDS = [sentence.split() for sentence in CANDIDATES]
RIGHT = [[sentence.split() for sentence in several] for several in REFERENCES]


def test_the_figure_is_coco_captions() -> None:
    assert cider_d(WORDS, RIGHT) == pytest.approx(COCO["CIDEr-D"], rel=1e-9)


def test_the_reference_itself_scores_ten_and_other_or_no_words_nothing() -> None:
    right = [several[:1] for several in RIGHT if len(several[0]) > 3]  # shorter ones lack n-grams

    assert cider_d([several[0] for several in right], right) == pytest.approx(10)
    assert cider_d([["zebra"]] * 3, right) == 0
    assert cider_d([[]] * 3, right) == 0
