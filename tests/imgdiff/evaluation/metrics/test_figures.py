"""The figures are those of COCO's evaluation where they say so."""

import pytest

from imgdiff.evaluation.metrics.figures import measure
from tests.imgdiff.evaluation.metrics.sentences import CANDIDATES, COCO, REFERENCES


def test_three_figures_are_coco_captions_times_100() -> None:
    figures = {figure.name: figure for figure in measure(CANDIDATES, REFERENCES)}

    assert {name: figures[name].value for name in COCO} == {
        name: pytest.approx(100 * value, abs=0.005) for name, value in COCO.items()
    }
    assert all(figure.variant and figure.comparable for figure in figures.values())


def test_meteor_matches_words_and_stems_and_says_that_it_compares_with_nothing_published() -> None:
    same, stems, other = (
        next(figure for figure in measure([text], [["the cars moved away"]]) if figure.name == "METEOR-2005")
        for text in ("the cars moved away", "the car moves away", "a dog sleeps")
    )

    assert same.value == stems.value > 99  # the penalty is that of one chunk of four words
    assert other.value == 0
    assert same.comparable.startswith("with no published figure")


def test_an_empty_sentence_scores_nothing_and_lowers_the_mean() -> None:
    whole = {figure.name: figure.value for figure in measure(CANDIDATES, REFERENCES)}
    lacking = {figure.name: figure.value for figure in measure(["", *CANDIDATES[1:]], REFERENCES)}

    assert all(lacking[name] < whole[name] for name in ("METEOR-2005", "ROUGE-L", "CIDEr-D"))


def test_a_reference_of_punctuation_alone_is_still_one() -> None:
    assert measure(["a dog"], [["?"]])[0].value == 0
