"""`same` is only said of two images that were compared whole and differ by nothing more than harmless."""

import pytest

from imgdiff.records import Reason, Verdict
from imgdiff.rules.verdicts import DOUBTED, UNCOMPARED, decide_verdict, explain_doubt, settle_verdict
from imgdiff.whole_pair import PairChange, PairChangeKind

MIRRORED = PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text="Image 2 is mirrored.")
NOISIER = PairChange(kind=PairChangeKind.NOISE, harmless=True, text="Image 2 is noisier.")


def _reasons(*codes: str) -> tuple[Reason, ...]:
    return tuple(Reason(code=code) for code in codes)


def test_a_kept_region_or_a_change_of_the_whole_makes_a_pair_different() -> None:
    assert decide_verdict(True) == (Verdict.DIFFERENT, ())
    assert decide_verdict(False, (MIRRORED, NOISIER)) == (Verdict.DIFFERENT, ())


def test_nothing_found_is_the_same_with_its_reason() -> None:
    assert decide_verdict(False, (NOISIER,)) == (Verdict.SAME, _reasons("pair.no_evidence"))


@pytest.mark.parametrize("code", sorted(UNCOMPARED))
def test_nothing_found_is_undetermined_where_the_images_were_not_compared_whole(code: str) -> None:
    assert decide_verdict(False, (), _reasons(code))[0] is Verdict.UNDETERMINED
    assert decide_verdict(True, (), _reasons(code))[0] is Verdict.DIFFERENT


def test_another_scene_is_unrelated_whatever_was_found() -> None:
    assert decide_verdict(True, (MIRRORED,), _reasons("pair.unrelated"))[0] is Verdict.UNRELATED


@pytest.mark.parametrize("changes", [(), (NOISIER,), (MIRRORED,)])
def test_a_pair_in_which_no_region_was_sought_is_undetermined(changes: tuple[PairChange, ...]) -> None:
    assert decide_verdict(False, changes, searched=False) == (Verdict.UNDETERMINED, ())


def test_captions_that_drop_the_last_region_leave_what_differs_as_a_whole() -> None:
    assert settle_verdict(Verdict.DIFFERENT, False, (MIRRORED,)) is Verdict.DIFFERENT
    assert settle_verdict(Verdict.DIFFERENT, False, (NOISIER,)) is Verdict.UNDETERMINED
    assert settle_verdict(Verdict.DIFFERENT, True, ()) is Verdict.DIFFERENT
    assert settle_verdict(Verdict.UNRELATED, False, ()) is Verdict.UNRELATED
    assert settle_verdict(Verdict.SAME, False, (NOISIER,)) is Verdict.SAME


def test_a_region_of_some_evidence_leaves_doubt() -> None:
    assert [reason.code for reason in explain_doubt([0.02, DOUBTED])] == ["pair.doubtful"]
    assert explain_doubt([0.02]) == explain_doubt([]) == ()
