"""Colours: that of a thing as one of the eleven basic colour terms (Berlin and Kay, 1969), where one rules.

A pixel has the name of the nearest of the 267 centroids of the ISCC-NBS system (Kelly and Judd, "Color: Universal
Language and Dictionary of Names", NBS Special Publication 440, 1976) in CIELAB, and that name's last word is its term.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.captioning.limits import RIVAL_COLOUR, RULING_COLOUR
from services.english.colours import BASIC, basic_term
from services.imaging.colours import to_lab

# The name nearest to a screen's purest red, and a name that is too dark for an orange.
_TERM_OF = {"vivid reddish orange": "red", "deep reddish orange": "red", "dark reddish orange": "brown"}
_BITS = 3  # of a channel; differences that small change no term, chosen


def colour_of(image: RGB, inside: NDArray[np.bool_]) -> str | None:
    """The ruling term of an image's pixels (RGB, 0..255) inside the flags; null when none rules."""
    ruling = ruling_colour(image, inside)
    return None if ruling is None else ruling[0]


def ruling_colour(image: RGB, inside: NDArray[np.bool_]) -> tuple[str, float] | None:
    """The ruling term and its share, 0..1; null when none rules or a second one is common."""
    shares = colour_shares(image, inside)
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < RULING_COLOUR or (len(ranked) > 1 and ranked[1][1] > RIVAL_COLOUR):
        return None
    return ranked[0]


def colour_shares(image: RGB, inside: NDArray[np.bool_]) -> dict[str, float]:
    """Share of the pixels inside by term, 0..1, for terms that occur; `inside` are flags of the image's size."""
    red, green, blue = (image[inside] >> _BITS).astype(np.int64).T
    if len(red) == 0:
        return {}
    votes = np.bincount(_table()[red, green, blue], minlength=len(BASIC))
    return {term: float(count) / len(red) for term, count in zip(BASIC, votes, strict=True) if count}


@cache
def _table() -> NDArray[np.int64]:
    """Index of the term, (32, 32, 32), for every colour in steps of 8 a channel."""
    lines = (files("services.english") / "tables" / "colours.tsv").read_text().splitlines()
    centroids = to_lab(np.array([list(bytes.fromhex(line[:6])) for line in lines], np.uint8)[None])[0]
    terms = np.array([BASIC.index(_term(line.partition("\t")[2])) for line in lines])
    steps = np.arange((1 << _BITS) // 2, 256, 1 << _BITS).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    cells = to_lab(grid.reshape(1, -1, 3))[0]
    distances = (centroids**2).sum(axis=1) - 2 * cells @ centroids.T
    return np.asarray(terms[distances.argmin(axis=1)].reshape(grid.shape[:3]))


def _term(name: str) -> str:
    """`blue` for `dark grayish blue`, `black` for what is blackish."""
    last = name.rpartition(" ")[2]
    if name.startswith("blackish"):
        return "black"
    return _TERM_OF.get(name) or ("green" if last == "olive" else basic_term(last) or last)
