"""What any answer about an odd pair must be."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Verdict
from imgdiff.rules.verdicts import differs_as_a_whole
from imgdiff.stages import Detection

BACKENDS = ["embedded", "pixels"]


def require_sound(answer: Detection, image1: RGB) -> Detection:
    """Boxes lie inside image1, and every verdict that is not `different` says why."""
    height, width = image1.shape[:2]
    for region in answer.regions:
        x1, y1, x2, y2 = region.box
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height
        assert region.kept or region.reasons
    kept = [region for region in answer.regions if region.kept]
    differs = bool(kept) or differs_as_a_whole(answer.pair_changes)
    assert differs == (answer.verdict is Verdict.DIFFERENT)
    assert answer.reasons or answer.verdict is Verdict.DIFFERENT
    assert np.isfinite(answer.alignment.matrix).all()
    return answer


def codes_of(answer: Detection) -> set[str]:
    return {reason.code for reason in answer.reasons}


def kept_boxes(answer: Detection) -> list[Box]:
    return [region.box for region in answer.regions if region.kept]
