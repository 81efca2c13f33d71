"""Which captions drop a region, and which score is measured next."""

import pytest

from imgdiff.records import Policy, Scores
from imgdiff.rules.captioning import decide, decide_question
from imgdiff.rules.thresholds import Thresholds, question_thresholds

LIMITS = Thresholds({"caption.mismatch": 0.4, "caption.too_similar": 0.85})
BOTH = ("a cup", "a dog")
GOOD = Scores(text_match1=0.5, text_match2=0.6, caption_similarity=0.2)


def test_captions_that_match_their_crops_and_differ_keep_the_region() -> None:
    decision = decide(BOTH, GOOD, Policy.CURATE, LIMITS)

    assert (decision.kept, decision.reasons) == (True, [])


@pytest.mark.parametrize(
    ("scores", "code", "value"),
    [({"text_match2": 0.39}, "caption.mismatch", 0.39), ({"caption_similarity": 0.86}, "caption.too_similar", 0.86)],
)
def test_curate_drops_what_describe_only_reports(scores: dict[str, float], code: str, value: float) -> None:
    curated, described = (
        decide(BOTH, GOOD.model_copy(update=scores), policy, LIMITS) for policy in (Policy.CURATE, Policy.DESCRIBE)
    )

    assert [(reason.code, reason.value) for reason in curated.reasons] == [(code, value)]
    assert curated.reasons == described.reasons
    assert (curated.kept, described.kept) == (False, True)


def test_a_score_that_is_still_to_be_measured_leaves_the_region_in_question() -> None:
    unmatched = decide(BOTH, Scores(), Policy.CURATE, LIMITS)
    matched = decide(BOTH, Scores(text_match1=0.5, text_match2=0.5), Policy.CURATE, LIMITS)
    mismatched = decide(BOTH, Scores(text_match1=0.5, text_match2=0.1), Policy.CURATE, LIMITS)

    assert (unmatched.kept, unmatched.unknown) == (None, "caption.mismatch")
    assert (matched.kept, matched.unknown) == (None, "caption.too_similar")
    assert mismatched.kept is False


def test_without_captions_there_is_nothing_to_compare() -> None:
    one = decide(("a cup", None), Scores(text_match1=0.5), Policy.CURATE, LIMITS)
    none = decide((None, None), Scores(), Policy.CURATE, LIMITS, named=False)

    assert (one.kept, one.reasons) == (True, [])
    assert (none.kept, [reason.code for reason in none.reasons]) == (True, ["caption.no_label"])


@pytest.mark.parametrize(
    ("shown", "erased", "codes"),
    [
        (0.35, 0.2, []),  # at the paper's thresholds
        (0.34, 0.1, ["question.mismatch"]),
        (0.5, 0.21, ["question.still_shown"]),
        (0.1, 0.5, ["question.mismatch", "question.still_shown"]),
    ],
)
def test_a_question_needs_a_description_that_fits_one_image_and_not_the_other(
    shown: float, erased: float, codes: list[str]
) -> None:
    limits = question_thresholds({}, {"caption.mismatch": 0.25})

    assert decide_question(shown, erased, Thresholds(limits)).drops == codes
    looser = Thresholds({"question.mismatch": 0.0, "question.still_shown": 0.6})
    assert decide_question(shown, erased, looser).kept
