"""ROUGE-L is COCO's."""

import pytest

from imgdiff.evaluation.metrics.rouge import rouge_l
from tests.imgdiff.evaluation.metrics.sentences import CANDIDATES, COCO, REFERENCES


def test_the_figure_is_coco_captions() -> None:
    words = [sentence.split() for sentence in CANDIDATES]
    right = [[sentence.split() for sentence in several] for several in REFERENCES]

    assert rouge_l(words, right) == pytest.approx(COCO["ROUGE-L"], rel=1e-9)


def test_order_counts_and_no_words_score_nothing() -> None:
    assert rouge_l([["a", "b", "c"]], [[["a", "b", "c"]]]) == 1
    assert rouge_l([["c", "b", "a"]], [[["a", "b", "c"]]]) == pytest.approx(1 / 3)
    assert rouge_l([[]], [[["a"]]]) == 0
