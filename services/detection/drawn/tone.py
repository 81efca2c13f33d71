"""The statement that the colours of a whole page became others: it was dimmed, or has another theme."""

import numpy as np

from imgdiff.whole_pair import PairChange, PairChangeKind
from services.detection.drawn.palette import Palette, decode
from services.detection.whole_pair.statements import state_brightness

_AGREE = 0.9  # share of the page that became brighter, or darker, where it is one step; chosen, not measured


def describe_tone(palette: Palette, *, backwards: bool = False) -> tuple[PairChange, ...]:
    """One statement on a page whose colours nearly all changed; none else.

    `backwards` is true of the palette that leads from image2 to image1.
    """
    if not palette.is_tone:
        return ()
    share = round(sum(colour.share for colour in palette.colours if colour.shift), 3)
    if palette.line is None or (by := _measure_light(palette)) == 0:
        text = "The colours of the whole image have changed; its layout is the same."
        return (PairChange(kind=PairChangeKind.COLOURS, value=share, harmless=False, text=text),)
    return (state_brightness(-by if backwards else by, harmless=False),)


def _measure_light(palette: Palette) -> float:
    """Grey levels by which all colours became brighter, or darker below 0; 0 where they disagree."""
    steps = np.array([float((decode(colour.target) - decode(colour.code)).mean()) for colour in palette.colours])
    shares = np.array([colour.share for colour in palette.colours])
    mean = float((steps * shares).sum() / shares.sum())
    agree = shares[np.sign(steps) == np.sign(mean)].sum() / shares.sum()
    return round(mean, 1) if agree >= _AGREE else 0.0
