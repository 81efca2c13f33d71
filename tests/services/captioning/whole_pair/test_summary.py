"""The caption of a pair states what differs as a whole, and no difference only where there is none."""

from itertools import combinations

import numpy as np
import pytest

from imgdiff.records import Reason, Verdict
from imgdiff.rules.verdicts import UNCOMPARED, decide_verdict
from imgdiff.stages import CaptioningRequest, DetectedRegion
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.captioning.whole_pair.summary import (
    NOTHING_ELSE,
    REST_UNDETERMINED,
    SAME,
    UNDETERMINED,
    UNRELATED,
    summarise_pair,
)

DARKER = PairChange(kind=PairChangeKind.BRIGHTNESS, harmless=True, text="Image 2 is darker.")
MIRRORED = PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text="Image 2 is mirrored.")
WEATHER = PairChange(kind=PairChangeKind.WEATHER, harmless=True, text="The light or the weather differs.")
WHOLE = [changes for number in range(4) for changes in combinations((DARKER, MIRRORED, WEATHER), number)]
ADDED = "A cup has been added."
PARTIAL, OTHER_LIGHT = "alignment.partial", "pair.other_light"


def _ask(
    verdict: Verdict, changes: tuple[PairChange, ...] = (), codes: tuple[str, ...] = (), *, found: bool = False
) -> CaptioningRequest:
    return CaptioningRequest.model_validate(
        {
            "alignment": {"applied": False, "model": "identity", "matrix": np.eye(3).tolist(), "score": 1.0},
            "verdict": verdict,
            "pair_changes": changes,
            "reasons": tuple(Reason(code=code) for code in codes),
            "regions": (DetectedRegion(box=(0, 0, 9, 9), difference=0.5, kept=True),) if found else (),
        }
    )


@pytest.mark.parametrize(
    ("verdict", "changes", "codes", "regions", "text"),
    [
        (Verdict.SAME, (), (), None, SAME),
        (Verdict.SAME, (DARKER,), (), None, f"{DARKER.text} {NOTHING_ELSE}"),
        (Verdict.DIFFERENT, (MIRRORED,), (), None, f"{MIRRORED.text} {NOTHING_ELSE}"),
        (Verdict.DIFFERENT, (MIRRORED,), (PARTIAL,), None, f"{MIRRORED.text} {REST_UNDETERMINED}"),
        (Verdict.DIFFERENT, (MIRRORED,), (PARTIAL,), ADDED, f"{MIRRORED.text} {ADDED}"),
        (Verdict.DIFFERENT, (), (), ADDED, ADDED),
        (Verdict.UNRELATED, (DARKER,), (), None, UNRELATED),
        (Verdict.UNDETERMINED, (), (PARTIAL,), None, UNDETERMINED),
        (Verdict.UNDETERMINED, (WEATHER,), (OTHER_LIGHT,), None, f"{WEATHER.text} {REST_UNDETERMINED}"),
    ],
)
def test_the_text_fits_the_verdict(
    verdict: Verdict, changes: tuple[PairChange, ...], codes: tuple[str, ...], regions: str | None, text: str
) -> None:
    assert summarise_pair(_ask(verdict, changes, codes), regions, kept=regions is not None) == text


@pytest.mark.parametrize("changes", WHOLE)
@pytest.mark.parametrize("searched", [True, False])
@pytest.mark.parametrize("code", [*sorted(UNCOMPARED), "pair.unrelated", "pair.no_evidence", None])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("dropped_by_captions", [True, False])
def test_whatever_the_verdict_rests_on_its_text_is_true(
    changes: tuple[PairChange, ...], searched: bool, code: str | None, kept: bool, dropped_by_captions: bool
) -> None:
    """No text claims more than was compared, and none hides what is known."""
    codes = (*(() if code is None else (code,)), *((OTHER_LIGHT,) if WEATHER in changes else ()))
    reasons = tuple(Reason(code=one) for one in codes)
    kept = kept and searched and code not in {"pair.unrelated", "pair.undetermined"}
    verdict, _ = decide_verdict(kept, changes, reasons, searched=searched)
    is_left = kept and not dropped_by_captions
    text = summarise_pair(_ask(verdict, changes, codes, found=kept), ADDED if is_left else None, kept=is_left) or ""

    unrelated, compared = code == "pair.unrelated", searched and not kept and UNCOMPARED.isdisjoint(codes)
    assert (UNRELATED in text) == unrelated
    assert all(change.text in text for change in changes) or unrelated
    assert (ADDED in text) == is_left
    assert (SAME in text) == (compared and not is_left and not unrelated and not changes)
    assert (NOTHING_ELSE in text) == (compared and not is_left and not unrelated and bool(changes))
    assert ("could not be determined" in text) == (not compared and not is_left and not unrelated)


def test_kept_regions_without_sentences_are_not_called_no_difference() -> None:
    assert summarise_pair(_ask(Verdict.DIFFERENT), None, kept=True) is None
    assert summarise_pair(_ask(Verdict.DIFFERENT, (MIRRORED,)), None, kept=True) == MIRRORED.text
