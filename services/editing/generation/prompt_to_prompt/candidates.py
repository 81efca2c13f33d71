"""Several pairs for one pair of captions, and the best of them: InstructPix2Pix's trick (arXiv 2211.09800, 3.1.2).

How far an edit may leave the base differs from caption to caption, so several shares are tried, each on noise of its
own, and CLIP is asked. Guidance stays as it is set, where InstructPix2Pix drew it too.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imgdiff.records import Reason

THRESHOLDS = {"edit.caption_mismatch": 0.2, "edit.off_direction": 0.2, "edit.too_different": 0.7}
_LEAST, _MOST = 0.1, 0.9


@dataclass(frozen=True)
class Likeness:
    """CLIP's cosines: each image with its caption, the change of the images with that of the captions, both images."""

    caption1: float
    caption2: float
    direction: float
    images: float

    def reasons(self, thresholds: Mapping[str, float]) -> tuple[Reason, ...]:
        """What speaks against the pair."""
        measured = {
            "edit.caption_mismatch": min(self.caption1, self.caption2),
            "edit.off_direction": self.direction,
            "edit.too_different": self.images,
        }
        return tuple(
            Reason(code=code, value=round(value, 4), threshold=thresholds[code])
            for code, value in measured.items()
            if not value >= thresholds[code]  # NaN is no likeness
        )


def self_shares(count: int, first: float, seed: int) -> list[float]:
    """Shares of the steps with the base's self-attention: that of the settings, then others drawn from the seed."""
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    return [first, *(round(drawing.uniform(_LEAST, _MOST), 3) for _ in range(count - 1))]


def best(found: Sequence[Likeness], thresholds: Mapping[str, float]) -> int | tuple[Reason, ...]:
    """The candidate that follows the captions' change best, of those that pass; else what is against the nearest."""
    ranked = sorted(range(len(found)), key=lambda number: -found[number].direction)
    passing = [number for number in ranked if not found[number].reasons(thresholds)]
    return passing[0] if passing else found[ranked[0]].reasons(thresholds)
