"""The best of several candidates, and what is against them."""

import math

from services.editing.generation.candidates import Likeness, choose_best
from services.editing.limits import PAIR_THRESHOLDS


def test_of_those_that_pass_the_one_with_the_best_direction_is_kept() -> None:
    poor = Likeness(0.1, 0.3, 0.9, 0.9)
    found = [Likeness(0.3, 0.3, 0.25, 0.9), Likeness(0.25, 0.21, 0.4, 0.7), poor]

    assert choose_best(found, PAIR_THRESHOLDS) == 1


def test_where_none_passes_the_reasons_are_those_of_the_nearest() -> None:
    found = [Likeness(0.3, 0.1, 0.1, 0.6), Likeness(0.3, 0.3, 0.19, 0.9), Likeness(math.nan, 0.3, -0.1, 0.9)]
    reasons = choose_best(found, PAIR_THRESHOLDS)

    assert [(reason.code, reason.value, reason.threshold) for reason in reasons] == [("edit.off_direction", 0.19, 0.2)]
    codes = [reason.code for reason in found[0].reasons(PAIR_THRESHOLDS)]
    assert codes == ["edit.caption_mismatch", "edit.off_direction", "edit.too_different"]
    assert found[2].reasons(PAIR_THRESHOLDS)[0].code == "edit.caption_mismatch"
