"""Mirrored, turned, scaled, cropped or extended: read from the transform, which the pixels confirmed."""

from collections.abc import Iterator

from imgdiff.whole_pair import Lens, PairChange, PairChangeKind
from services.detection.limits import SHOWN_ROUNDED, SHOWN_WHOLE
from services.detection.whole_pair.frames import Frames

# Chosen, not measured: what a person would call turned or of another size.
_TURNED, _HELD = 2.0, 15.0  # degrees from which a turn is stated, and up to which a camera may be held
_LARGER = 1.02  # ratio of two sizes that is stated
_ONE_SHAPE = 0.005  # by which two frames of one shape may differ: sizes are whole pixels
_BENT = 0.01  # of half the diagonal by which a lens moves the corners, and which is stated
_STRETCHED = 1.03  # ratio of the two factors of scale beyond which shapes differ


def describe_geometry(frames: Frames, *, copied: bool) -> Iterator[PairChange]:
    """The changes of the frame; `copied` is whether both are one capture, so that no camera moved."""
    if frames.mirrored:
        yield _describe_mirror(frames.degrees)
    elif abs(frames.degrees) >= _TURNED:
        degrees = round(abs(frames.degrees))
        way = "" if degrees > 178 else " clockwise" if frames.degrees > 0 else " counterclockwise"
        yield PairChange(
            kind=PairChangeKind.ROTATED,
            value=round(frames.degrees, 1),
            harmless=degrees <= _HELD and not copied,
            text=f"Image 2 is turned by {degrees} degrees{way}.",
        )
    yield from _describe_scale(frames)
    if frames.lens is not None:
        yield from _describe_lens(frames.lens, copied=copied)
    if not copied or frames.straight:
        yield from _describe_extent(frames, copied=copied)


def _describe_mirror(degrees: float) -> PairChange:
    if abs(degrees) <= _HELD:
        text = "Image 2 is mirrored: left and right are swapped."
    elif abs(degrees) >= 180 - _HELD:
        text = "Image 2 is mirrored: top and bottom are swapped."
    else:
        text = "Image 2 is mirrored and turned."
    return PairChange(kind=PairChangeKind.MIRRORED, harmless=False, text=text)


def _describe_scale(frames: Frames) -> Iterator[PairChange]:
    """A copy at another size: the whole of it, or nearly, under other numbers of pixels."""
    large, small = frames.scale
    if not _shows_whole(frames, min(frames.shared)):
        return
    if large / small > _STRETCHED:
        text = "Image 2 is stretched: width and height are scaled differently."
        yield PairChange(kind=PairChangeKind.SCALED, value=round(large / small, 3), harmless=False, text=text)
    elif max(large, 1 / small) > _LARGER:
        scale = (large * small) ** 0.5
        text = f"Image 2 is scaled to {scale:.0%} of image 1's size.".replace("%", " %")
        yield PairChange(kind=PairChangeKind.SCALED, value=round(scale, 3), harmless=True, text=text)


def _shows_whole(frames: Frames, shared: float) -> bool:
    """Whether both images show one frame; a page at another scale ends a little earlier where its lines are rounded."""
    (width1, height1), (width2, height2) = frames.size1, frames.size2
    rescaled = width1 != width2 and abs(width1 * height2 / (width2 * height1) - 1) < _ONE_SHAPE
    return shared >= (SHOWN_ROUNDED if rescaled else SHOWN_WHOLE)


def _describe_lens(lens: Lens, *, copied: bool) -> Iterator[PairChange]:
    moved = sum(lens.terms)
    if abs(moved) >= _BENT:
        shape = "pincushion" if moved > 0 else "barrel"
        off = _percent(abs(moved))
        text = f"Image 2 is distorted against image 1 as by another lens ({shape}): its corners are moved by {off}."
        yield PairChange(kind=PairChangeKind.DISTORTED, value=round(moved, 3), harmless=not copied, text=text)


def _describe_extent(frames: Frames, *, copied: bool) -> Iterator[PairChange]:
    shown1, shown2 = frames.shared
    if _shows_whole(frames, min(shown1, shown2)):
        return
    if shown2 < SHOWN_WHOLE <= shown1:
        text = f"Image 2 extends beyond image 1: {_percent(1 - shown2)} of it is not in image 1."
        yield PairChange(kind=PairChangeKind.EXTENDED, value=round(1 - shown2, 3), harmless=not copied, text=text)
    elif shown1 < SHOWN_WHOLE <= shown2:
        text = f"Image 2 shows only a part of image 1: {_percent(1 - shown1)} of image 1 is not in it."
        yield PairChange(kind=PairChangeKind.CROPPED, value=round(1 - shown1, 3), harmless=not copied, text=text)
    elif max(shown1, shown2) < SHOWN_WHOLE:
        text = f"The two images show different sections: {_percent(1 - shown1)} of image 1 is not in image 2."
        yield PairChange(kind=PairChangeKind.CROPPED, value=round(1 - shown1, 3), harmless=not copied, text=text)


def _percent(share: float) -> str:
    return f"{max(1, round(100 * share))} %"
