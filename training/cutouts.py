"""Objects cut out of photos by their instance masks, and pasted into other photos."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.boxes import area, intersection
from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.arrays import Flags
from services.imaging.masks import bounds
from training.coco_photos import Instance, Photo
from training.edits import paste
from training.pictures import Alpha

ATTEMPTS = 40  # draws of a cut-out or a place before a pair is given up
_VISIBLE = 24.0  # grey levels of mean difference that a pasted object has to make
_SCALES = (0.7, 1.25)
_CLEAR = 8  # pixels between both places of an object that moves
_BORDER = 2  # pixels of the photo that stay visible around a pasted object

Shelf = dict[str, list[tuple[Photo, Instance]]]  # label -> every object that can be cut out


@dataclass(frozen=True)
class Cutout:
    """Pixels of an object and its mask, both in its tight box."""

    label: str
    pixels: RGB
    mask: Flags

    @property
    def opacity(self) -> Alpha:
        """One pixel soft at the edge, inwards, so that none of the object's own ground comes along; 0..1."""
        framed = cv2.copyMakeBorder(self.mask.astype(np.float32), 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0.0)
        return np.asarray(cv2.GaussianBlur(framed, (0, 0), 0.7)[2:-2, 2:-2] * self.mask, np.float32)

    def scaled(self, scale: float) -> "Cutout":
        """The same object in another size, its box tight again."""
        high, wide = (max(8, round(side * scale)) for side in self.mask.shape)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(self.pixels, (wide, high), interpolation=way))
        mask = np.asarray(cv2.resize(self.mask.astype(np.float32), (wide, high))) > 0.5
        x1, y1, x2, y2 = bounds(mask)
        return Cutout(self.label, pixels[y1:y2, x1:x2], mask[y1:y2, x1:x2])


@dataclass(frozen=True)
class Pasted:
    """A photo with an object pasted in, and the object's mask in it."""

    image: RGB
    mask: Flags

    @property
    def box(self) -> Box:
        return bounds(self.mask)


def shelf_of(photos: Sequence[Photo]) -> Shelf:
    """Every object that can be cut out of the photos, by label."""
    shelf: Shelf = {}
    for photo in photos:
        for instance in photo.whole_objects:
            shelf.setdefault(instance.label, []).append((photo, instance))
    return shelf


def draw_cutout(shelf: Shelf, rng: np.random.Generator, not_label: str | None = None) -> tuple[Cutout, float]:
    """A cut-out of any object, each as likely, and how low its foot was in its own photo, 0..1."""
    entries = [entry for label in sorted(set(shelf) - {not_label}) for entry in shelf[label]]
    photo, instance = entries[int(rng.integers(len(entries)))]
    x1, y1, x2, y2 = instance.box
    return Cutout(instance.label, photo.image[y1:y2, x1:x2], instance.mask), y2 / photo.image.shape[0]


def paste_cutout(image: RGB, cutout: Cutout, place: tuple[int, int]) -> Pasted:
    """The photo with the cut-out's upper left corner at (top, left)."""
    pasted, _ = paste(image, cutout.pixels, cutout.opacity, place)
    mask = np.zeros(image.shape[:2], bool)
    (top, left), (high, wide) = place, cutout.mask.shape
    mask[top : top + high, left : left + wide] = cutout.mask
    return Pasted(pasted, mask)


def paste_at_height(
    photo: Photo, cutout: Cutout, foot: float, rng: np.random.Generator, away: Box | None = None
) -> Pasted | None:
    """Paste visibly, about as low as the object was, off the border, where it covers least of what is annotated."""
    height, width = photo.image.shape[:2]
    high, wide = cutout.mask.shape
    best: tuple[float, Pasted] | None = None
    for _ in range(ATTEMPTS):
        if high > height - 2 * _BORDER or wide > width - 2 * _BORDER:
            return None
        bottom = (foot + rng.uniform(-0.15, 0.15)) * height
        top = int(np.clip(bottom - high, _BORDER, height - high - _BORDER))
        left = int(rng.integers(_BORDER, width - wide - 1))
        box = (left, top, left + wide, top + high)
        if away is not None and intersection(_grown(away), box):
            continue
        covered = float(sum(intersection(box, instance.box) for instance in photo.instances)) / area(box)
        if best is not None and covered >= best[0]:
            continue
        pasted = paste_cutout(photo.image, cutout, (top, left))
        if float(cv2.absdiff(pasted.image, photo.image).max(2)[pasted.mask].mean()) >= _VISIBLE:
            best = covered, pasted
    return None if best is None else best[1]


def paste_any(photo: Photo, shelf: Shelf, rng: np.random.Generator) -> tuple[Cutout, float, Pasted] | None:
    """Any cut-out at any place that it fits; null when none was found."""
    for _ in range(ATTEMPTS):
        if not shelf:
            break
        cutout, foot = draw_cutout(shelf, rng)
        cutout = cutout.scaled(float(rng.uniform(*_SCALES)))
        fits = cutout.mask.size < 0.5 * photo.image[..., 0].size
        if fits and (pasted := paste_at_height(photo, cutout, foot, rng)):
            return cutout, foot, pasted
    return None


def _grown(box: Box) -> Box:
    return box[0] - _CLEAR, box[1] - _CLEAR, box[2] + _CLEAR, box[3] + _CLEAR
