"""Colours: that of a thing in the words that people use, where one rules.

A pixel has the term that the names around its colour agree on: the 928 names of the xkcd colour survey (Munroe, 2010),
each with one of fifteen terms in `colours.tsv`, weighed by their distance in CIELAB. Evidence is in the eleven basic
terms (Berlin and Kay, 1969); what is said may be finer: `cyan`, `blue-grey`, `dark blue`.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.limits import COLOUR_SUPPORTED, FLAT_COLOUR, RIVAL_COLOUR, RULING_COLOUR
from services.english.colours import BASIC, COLOURS, terms_of
from services.imaging.arrays import Floats
from services.imaging.colours import to_lab
from services.imaging.figure_ground import PairCrop

TERMS = (*BASIC, "beige", "blue-grey", "cyan", "turquoise")
_BITS = 3  # of a channel; differences that small change no term, chosen
_REACH = 3.0  # CIELAB distance over which the survey's names are averaged; chosen on the colours of `test_colours.py`
# Below this chroma people say black, grey or white, by the lightness from which it is grey and white; all chosen.
_NEUTRAL = 4.0  # CIELAB chroma
_GREY_FROM, _WHITE_FROM = 22.0, 92.0  # CIELAB lightness
# Lightness below which a term is dark and above which it is light, and the chroma from which it is vivid; chosen.
_SHADES = {
    "blue": (28, 72),
    "blue-grey": (35, 72),
    "brown": (28, 60),
    "green": (35, 78),
    "grey": (42, 76),
    "purple": (28, 70),
    "red": (30, 101),
    "turquoise": (32, 82),
}
_BEIGE_UP_TO = 42.0  # CIELAB chroma, beyond which people say yellow or brown
_TOO_VIVID = 72.0  # CIELAB chroma
_OF_LIGHT = frozenset({"brown", "grey"})  # basic terms that dim light makes of others, and mixtures of several


def colour_of(image: RGB, inside: NDArray[np.bool_]) -> str | None:
    """The ruling basic term of an image's pixels (RGB, 0..255) inside the flags; null when none rules."""
    shares = colour_shares(image, inside)
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < RULING_COLOUR or (len(ranked) > 1 and ranked[1][1] > RIVAL_COLOUR):
        return None
    return ranked[0][0]


def ruling_colour(image: RGB, inside: NDArray[np.bool_]) -> tuple[str, float] | None:
    """What people call the ruling colour, and its share, 0..1; null when none rules or a second one is common.

    Terms that overlap count together, as grey and blue-grey, and their median colour gives the name.
    """
    pixels = image[inside]
    found = _terms_of(pixels)
    votes = np.bincount(found, minlength=len(TERMS)) / max(1, len(pixels))
    best = int(votes.argmax())
    group = _overlaps()[best]
    if votes[group].sum() < RULING_COLOUR or np.where(group, 0, votes).max() > RIVAL_COLOUR:
        return None
    name = name_colour(np.median(pixels[group[found]], axis=0).astype(np.uint8))
    of_pixels = votes[TERMS.index(name.rpartition(" ")[2])] >= COLOUR_SUPPORTED  # a median may be of none of them
    return name if of_pixels else TERMS[best], float(votes[group].sum())


def is_sayable(ruling: tuple[str, float], label: str | None, change: Change, behind: str | None) -> bool:
    """Not the colour behind; brown and grey only of things with a noun that have it all over, or that turned colour."""
    terms = terms_of(ruling[0])
    if behind is not None and terms & terms_of(behind):
        return False
    return change is Change.RECOLOURED or not terms & _OF_LIGHT or (label is not None and ruling[1] >= FLAT_COLOUR)


def ruling_ground(change: Change, pair: PairCrop, shown: RGB) -> str | None:
    """The ruling colour behind a thing that one of the crops has `shown`; null where it cannot be seen.

    The other image shows it where a thing came or went, what is around it where that was replaced.
    """
    match change:
        case Change.ADDED:
            ruling = ruling_colour(pair.crop1, pair.inside)
        case Change.REMOVED:
            ruling = ruling_colour(pair.crop2, pair.inside)
        case Change.REPLACED:
            ruling = ruling_colour(shown, pair.ring)
        case _:
            return None
    return None if ruling is None else ruling[0]


def colour_shares(image: RGB, inside: NDArray[np.bool_]) -> dict[str, float]:
    """Share of the pixels inside by basic term, 0..1, for terms that occur; `inside` are flags of the image's size."""
    votes = np.bincount(_terms_of(image[inside]), minlength=len(TERMS))
    shares: dict[str, float] = {}
    for term, count in zip(TERMS, votes, strict=True):
        for basic in COLOURS[term] if count else ():
            shares[basic] = shares.get(basic, 0.0) + float(count) / len(COLOURS[term]) / int(votes.sum())
    return shares


def name_colour(rgb: NDArray[np.uint8]) -> str:
    """The name of one colour, (3,) in 0..255, with its shade where that is plain: `dark blue`, `light grey`."""
    term = TERMS[int(_terms_of(rgb[None])[0])]
    lightness, *hue = to_lab(rgb[None, None])[0, 0]
    dark, light = _SHADES.get(term, (-1, 101))
    if lightness < dark:
        return f"dark {term}"
    return f"light {term}" if lightness > light and np.hypot(*hue) < _TOO_VIVID else term


def _terms_of(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Index of the term of each pixel, (N,), of pixels (N, 3)."""
    red, green, blue = (pixels >> _BITS).astype(np.int64).T
    return np.asarray(_table()[red, green, blue])


@cache
def _overlaps() -> NDArray[np.bool_]:
    """Which terms share a basic term, (terms, terms)."""
    return np.array([[not COLOURS[one].isdisjoint(COLOURS[two]) for two in TERMS] for one in TERMS])


@cache
def _table() -> NDArray[np.int64]:
    """Index of the term, (32, 32, 32), for every colour in steps of 8 a channel."""
    lines = (files("services.english") / "tables" / "colours.tsv").read_text().splitlines()
    codes, named, _ = zip(*(line.split("\t") for line in lines), strict=True)
    survey = to_lab(np.array([list(bytes.fromhex(code)) for code in codes], np.uint8)[None])[0]
    votes = np.array([[term == one for one in TERMS] for term in named], np.float32)
    votes *= np.linspace(0.5, 1.5, len(votes), dtype=np.float32)[:, None]  # the names used most come last
    steps = np.arange((1 << _BITS) // 2, 256, 1 << _BITS).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    return np.stack([_vote(to_lab(plane), survey, votes) for plane in grid])


def _vote(lab: Floats, survey: Floats, votes: Floats) -> NDArray[np.int64]:
    """Index of the term of each colour of a plane, (H, W) of (H, W, 3) in CIELAB."""
    colours = lab.reshape(-1, 3)
    distances = ((colours**2).sum(axis=1)[:, None] - 2 * colours @ survey.T + (survey**2).sum(axis=1)).clip(0)
    reach = np.maximum(distances.min(axis=1, keepdims=True), _REACH**2)
    shares = np.exp(-distances / (2 * reach)) @ votes
    lightness, chroma = colours[:, 0], np.hypot(colours[:, 1], colours[:, 2])
    shares[chroma > _BEIGE_UP_TO, TERMS.index("beige")] = 0
    terms = shares.argmax(axis=1)
    shade = np.digitize(lightness, (_GREY_FROM, _WHITE_FROM))
    neutral = np.array([TERMS.index(term) for term in ("black", "grey", "white")])[shade]
    return np.asarray(np.where(chroma < _NEUTRAL, neutral, terms).reshape(lab.shape[:2]))
