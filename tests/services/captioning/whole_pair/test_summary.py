"""The caption of a pair states what differs as a whole, and no difference only where there is none."""

import pytest

from imgdiff.pair_changes import PairChange, PairChangeKind
from imgdiff.records import Verdict
from services.captioning.whole_pair.summary import SAME, UNDETERMINED, UNRELATED, summarise_pair

DARKER = PairChange(kind=PairChangeKind.BRIGHTNESS, harmless=True, text="Image 2 is darker.")
MIRRORED = PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text="Image 2 is mirrored.")


@pytest.mark.parametrize(
    ("verdict", "changes", "regions", "text"),
    [
        (Verdict.SAME, (), None, SAME),
        (Verdict.SAME, (DARKER,), None, "Image 2 is darker. No other difference was found."),
        (Verdict.DIFFERENT, (MIRRORED,), None, "Image 2 is mirrored. No other difference was found."),
        (Verdict.DIFFERENT, (MIRRORED,), "A cup has been added.", "Image 2 is mirrored. A cup has been added."),
        (Verdict.DIFFERENT, (), "A cup has been added.", "A cup has been added."),
        (Verdict.UNRELATED, (DARKER,), None, UNRELATED),
        (Verdict.UNDETERMINED, (), None, UNDETERMINED),
        (Verdict.UNDETERMINED, (DARKER,), None, f"Image 2 is darker. {UNDETERMINED}"),
    ],
)
def test_the_text_fits_the_verdict(
    verdict: Verdict, changes: tuple[PairChange, ...], regions: str | None, text: str
) -> None:
    assert summarise_pair(verdict, changes, regions, kept=regions is not None) == text


def test_kept_regions_without_sentences_are_not_called_no_difference() -> None:
    assert summarise_pair(Verdict.DIFFERENT, (), None, kept=True) is None
    assert summarise_pair(Verdict.DIFFERENT, (MIRRORED,), None, kept=True) == "Image 2 is mirrored."
