"""Region gates at other thresholds: who comes back when another goes, and what nobody can tell."""

from typing import Any

import pytest

from gateway.funnel.facts import Found
from gateway.funnel.regions import Regions
from gateway.funnel.steps import SURVIVED, Fate, dropped, unknown
from imgdiff.funnel import Step
from imgdiff.records import Policy

FORCE = {
    "region.no_evidence": 0.5, "region.too_small": 0.01, "region.too_similar": 0.85, "region.overlap": 0.5,
    "region.limit": 5.0,
}  # fmt: skip
LEFT, OVER_LEFT, RIGHT = (0, 0, 40, 40), (0, 0, 40, 36), (100, 0, 140, 40)


def _region(box: tuple[int, ...], difference: float, *codes: str, **more: Any) -> dict[str, Any]:
    reasons = [{"code": code, "value": more.pop("value", None), "threshold": FORCE[code]} for code in codes]
    known = {"confidence": 0.9, "crop_similarity": 0.5, **more}
    return {"box": box, "difference": difference, "kept": not codes, "reasons": reasons, **known}


def _fates(*regions: dict[str, Any], pixels: int | None = 40_000, **thresholds: float) -> list[Fate]:
    found = Found.model_validate(
        {"verdict": "different", "similarity": 0.9, "regions": regions, "parameters": FORCE, "confidence": 0.9}
    )
    limits = FORCE | {f"region.{name}": value for name, value in thresholds.items()}
    return Regions(found, Policy.CURATE, True, pixels).fates(limits)


def test_what_overlapped_a_region_comes_back_when_that_one_goes() -> None:
    first = _region(LEFT, 0.9, crop_similarity=0.8)
    second = _region(OVER_LEFT, 0.4, "region.overlap", crop_similarity=0.3)

    assert _fates(first, second, too_similar=0.7) == [dropped("region.too_similar"), SURVIVED]
    assert _fates(first, second, overlap=0.95) == [SURVIVED, SURVIVED]
    assert _fates(first, second, overlap=0.4) == [SURVIVED, dropped("region.overlap")]


def test_the_limit_keeps_the_most_different_whoever_was_kept_before() -> None:
    regions = [_region((50 * n, 0, 50 * n + 40, 40), 0.9 - n / 10) for n in range(3)]
    last = _region((150, 0, 190, 40), 0.1, "region.limit")

    assert _fates(*regions, last, limit=4.0) == [SURVIVED] * 4
    assert _fates(*regions, last, limit=2.0) == [SURVIVED, SURVIVED, *[dropped("region.limit")] * 2]
    assert _fates(*regions, last, limit=2.0, too_similar=0.4) == [dropped("region.too_similar")] * 4


def test_what_was_never_measured_is_unknown_and_so_is_what_it_might_overlap_or_push_out() -> None:
    faint = _region(LEFT, 0.9, "region.no_evidence", value=0.31, confidence=0.31, crop_similarity=None)
    under, beside = _region(OVER_LEFT, 0.4), _region(RIGHT, 0.3)
    doubt = unknown(Step.CROP_DIFFERENCE)

    assert _fates(faint, under, beside, no_evidence=0.3) == [doubt, unknown(Step.OVERLAP), SURVIVED]
    assert _fates(faint, beside, no_evidence=0.3, limit=1.0) == [doubt, unknown(Step.BOX_LIMIT)]
    assert _fates(faint, under, beside, no_evidence=0.4) == [dropped("region.no_evidence"), SURVIVED, SURVIVED]


def test_of_two_equally_different_regions_nobody_can_tell_which_one_stays() -> None:
    tied = [_region(LEFT, 0.5), _region(OVER_LEFT, 0.5, "region.overlap")]
    of_sam = [one | {"confidence": None} for one in tied]

    assert _fates(*tied, overlap=0.6) == [unknown(Step.OVERLAP)] * 2
    assert _fates(*of_sam[::-1], overlap=0.6) == [SURVIVED, dropped("region.overlap")]  # it takes the first place


@pytest.mark.parametrize(
    ("limit", "fate"),
    [(0.72, SURVIVED), (0.74, dropped("region.no_evidence")), (0.73, unknown(Step.EVIDENCE))],
)
def test_a_confidence_is_known_to_four_digits(limit: float, fate: Fate) -> None:
    assert _fates(_region(LEFT, 0.5, confidence=0.73), no_evidence=limit) == [fate]


def test_boxes_of_sam_on_large_images_are_known_to_the_pixels_they_were_rounded_by() -> None:
    region = _region((0, 0, 400, 400), 0.5, confidence=None)
    half = _region((0, 0, 400, 208), 0.4, "region.overlap", confidence=None, crop_similarity=0.4)
    small, large = 2_000_000, 4_000_000

    assert _fates(region, pixels=large, too_small=160_000 / large * 1.001) == [dropped("region.too_small")]
    assert _fates(region, pixels=large, too_small=160_000 / large * 0.999) == [unknown(Step.BOX_SIZE)]
    assert _fates(region, pixels=small, too_small=160_000 / small * 0.999) == [SURVIVED]
    assert _fates(region, half, pixels=small, overlap=0.521) == [SURVIVED, SURVIVED]
    assert _fates(region, half, pixels=large, overlap=0.521) == [SURVIVED, unknown(Step.OVERLAP)]
    assert _fates(region, half, pixels=large, overlap=0.6) == [SURVIVED, SURVIVED]
