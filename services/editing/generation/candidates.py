"""The best of several candidates for one pair of captions, after InstructPix2Pix (arXiv 2211.09800, 3.1.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imgdiff.records import Reason


@dataclass(frozen=True)
class Likeness:
    """CLIP's cosines: each image with its caption, the images' change with the captions' change, image with image."""

    caption1: float
    caption2: float
    direction: float
    images: float

    def reasons(self, thresholds: Mapping[str, float]) -> tuple[Reason, ...]:
        """The gates that reject the pair."""
        measured = {
            "edit.caption_mismatch": min(self.caption1, self.caption2),
            "edit.off_direction": self.direction,
            "edit.too_different": self.images,
        }
        return tuple(
            Reason(code=code, value=round(value, 4), threshold=thresholds[code])
            for code, value in measured.items()
            if not value >= thresholds[code]  # rejects NaN
        )


def choose_best(found: Sequence[Likeness], thresholds: Mapping[str, float]) -> int | tuple[Reason, ...]:
    """Index of the passing candidate that follows the captions' change best; else the reasons against the best one."""
    ranked = sorted(range(len(found)), key=lambda number: -found[number].direction)
    passing = [number for number in ranked if not found[number].reasons(thresholds)]
    return passing[0] if passing else found[ranked[0]].reasons(thresholds)
