"""Training pairs of the change head: two captures of a scene that differ in edits, in nuisances, or in both."""

from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from training.captures import capture_again, choose_kind
from training.edits import apply_edits
from training.pictures import Alpha, Pictures

_UNCHANGED = 0.3  # share of pairs without an edit
_BOTH = 0.4  # share of pairs of which both sides are captured again
_VISIBLE = 10.0  # grey levels of the worst channel below which a pixel of an edit is no change


@dataclass(frozen=True)
class ChangePair:
    """Two images of one size; `changed` is 1 inside an edit, `sure` is false where the truth is ambiguous."""

    image1: RGB
    image2: RGB
    changed: Alpha
    sure: np.ndarray
    kind: str
    """What else differs, one of `training.captures.KINDS`."""


def make_pair(pictures: Pictures, rng: np.random.Generator) -> ChangePair:
    """Make one pair; the same generator state gives the same pair."""
    image = pictures.view(rng)
    if rng.random() < _UNCHANGED:
        one, two, where = image, image, np.zeros(image.shape[:2], np.float32)
    else:
        one, two, where = apply_edits(image, pictures, rng)
    visible = _visible(one, two, where)
    kind = choose_kind(rng)
    pair = [one, capture_again(two, rng, kind)]
    if rng.random() < _BOTH:
        pair[0] = capture_again(one, rng, kind)
    if rng.random() < 0.5:
        pair.reverse()
    edges = cv2.morphologyEx((where > 0.1).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    sure = (edges == 0) & ((where < 0.1) | (visible > 0.5))
    return ChangePair(pair[0], pair[1], ((where > 0.1) & (visible > 0.5)).astype(np.float32), sure, kind)


def _visible(one: RGB, two: RGB, where: Alpha) -> Alpha:
    """Where an edit is visible, small holes closed: an object may share some colours with what it covers."""
    shown = (cv2.absdiff(one, two).max(2) > _VISIBLE) & (where > 0.1)
    side = 9
    return cv2.morphologyEx(shown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)).astype(np.float32)
