"""Statements: what is stated of a pair as a whole, each kind in one sentence."""

from dataclasses import dataclass

from imgdiff.whole_pair import PairChange, PairChangeKind


@dataclass(frozen=True)
class Statements:
    """What differs as a whole, and the share of either image that the other shows."""

    changes: tuple[PairChange, ...] = ()
    shared: float = 1.0

    @property
    def other_light(self) -> bool:
        """Whether light or weather differs so much that it may hide changes."""
        return any(change.kind is PairChangeKind.WEATHER for change in self.changes)


def state_brightness(by: float, *, harmless: bool) -> PairChange:
    """Image2 is brighter, or darker below 0."""
    text = f"Image 2 is {'brighter' if by > 0 else 'darker'}."
    return PairChange(kind=PairChangeKind.BRIGHTNESS, value=round(by, 1), harmless=harmless, text=text)


def state_compression(more: float) -> PairChange:
    """Image2 is compressed harder, or less below 0."""
    text = f"Image 2 is compressed {'harder' if more > 0 else 'less'} than image 1."
    return PairChange(kind=PairChangeKind.RECOMPRESSED, value=round(more, 2), harmless=True, text=text)


def state_blur(value: float, *, harmless: bool) -> PairChange:
    """Image2 is the blurred one."""
    text = "Image 2 is blurred."
    return PairChange(kind=PairChangeKind.BLURRED, value=round(value, 2), harmless=harmless, text=text)


def state_sharpness(value: float, *, harmless: bool) -> PairChange:
    """Image2 is the sharper one."""
    text = "Image 2 is sharper than image 1."
    return PairChange(kind=PairChangeKind.SHARPENED, value=round(value, 2), harmless=harmless, text=text)
