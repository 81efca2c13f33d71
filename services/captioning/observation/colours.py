"""The colour of a thing as one of the eleven basic colour terms (Berlin and Kay, 1969), or none when it has no one.

A pixel has the name of the nearest of the 267 centroids of the ISCC-NBS system (Kelly and Judd, "Color: Universal
Language and Dictionary of Names", NBS Special Publication 440, 1976) in CIELAB, and that name's last word is its term.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.english.colours import BASIC, basic_term
from services.imaging.colours import to_lab

_SAID = {  # what a screen's purest red is nearest to, and what is too dark for an orange
    "vivid reddish orange": "red", "deep reddish orange": "red", "dark reddish orange": "brown",
}  # fmt: skip
_SHARE = 0.55  # of the pixels that must agree
_RIVAL = 0.25  # share that no second term may have, or the thing has two colours
_BITS = 3  # of a channel that are too fine to change a name


def colour_of(image: RGB, inside: NDArray[np.bool_]) -> str | None:
    """The term that rules inside; null when none does."""
    ruling = ruling_colour(image, inside)
    return None if ruling is None else ruling[0]


def ruling_colour(image: RGB, inside: NDArray[np.bool_]) -> tuple[str, float] | None:
    """The term that rules inside, and its share; null when none does, or when another is common as well."""
    shares = colour_shares(image, inside)
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _SHARE or (len(ranked) > 1 and ranked[1][1] > _RIVAL):
        return None
    return ranked[0]


def colour_shares(image: RGB, inside: NDArray[np.bool_]) -> dict[str, float]:
    """Share of the pixels inside by term, those above nought; `image` is RGB uint8 and `inside` its flags."""
    red, green, blue = (image[inside] >> _BITS).astype(np.int64).T
    if len(red) == 0:
        return {}
    votes = np.bincount(_table()[red, green, blue], minlength=len(BASIC))
    return {term: float(count) / len(red) for term, count in zip(BASIC, votes, strict=True) if count}


@cache
def _table() -> NDArray[np.int64]:
    """Index of the term for every colour in steps of 8 a channel."""
    lines = (files("services.english") / "tables" / "colours.tsv").read_text().splitlines()
    centroids = to_lab(np.array([list(bytes.fromhex(line[:6])) for line in lines], np.uint8)[None])[0]
    terms = np.array([BASIC.index(_term(line.partition("\t")[2])) for line in lines])
    steps = np.arange((1 << _BITS) // 2, 256, 1 << _BITS).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    cells = to_lab(grid.reshape(1, -1, 3))[0]
    distances = (centroids**2).sum(axis=1) - 2 * cells @ centroids.T
    return np.asarray(terms[distances.argmin(axis=1)].reshape(grid.shape[:3]))


def _term(name: str) -> str:
    """`dark grayish blue` is blue; what is blackish is black."""
    last = name.rpartition(" ")[2]
    if name.startswith("blackish"):
        return "black"
    return _SAID.get(name) or ("green" if last == "olive" else basic_term(last) or last)
