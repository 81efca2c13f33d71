"""Pairs whose true caption is known: an object of a photo added, removed, replaced, recoloured or moved, or nothing.

Cut-outs come from the instance masks of other photos; every object is as likely as any other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.observation.colours import colour_of
from services.editing.compositing.colours import mean_distance
from services.imaging.arrays import Flags
from services.imaging.colours import to_lab, to_rgb
from services.imaging.masks import bounds
from training.coco_photos import Instance, Photo
from training.cutouts import ATTEMPTS, Shelf, draw_cutout, paste_any, paste_at_height, paste_cutout, shelf_of
from training.nuisances import NUISANCES, jpeg

KINDS = ("added", "removed", "replaced", "recoloured", "moved", "unchanged")
_ANOTHER_COLOUR = 22.0  # mean Lab distance, as for editing's own recolouring
_REVERSE = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}


@dataclass(frozen=True)
class Truth:
    """One true region; a label is null where the image shows ground, the change null where nothing happened.

    Colours are basic terms, null for an object of several. Nouns for a kind of `kind_of` are right as well.
    """

    box: Box
    change: Change | None
    label1: str | None = None
    label2: str | None = None
    mask: Flags | None = None
    colour1: str | None = None
    colour2: str | None = None
    moved_to: Box | None = None
    moved_from: Box | None = None
    kind_of: str | None = None

    def reversed(self) -> "Truth":
        """The truth about the same two images the other way round."""
        return Truth(
            box=self.box,
            change=_REVERSE.get(self.change, self.change) if self.change else None,
            label1=self.label2,
            label2=self.label1,
            mask=self.mask,
            colour1=self.colour2,
            colour2=self.colour1,
            moved_to=self.moved_from,
            moved_from=self.moved_to,
            kind_of=self.kind_of,
        )


@dataclass(frozen=True)
class CaptionPair:
    """Two images of one size, what is true of them, and what else is annotated in both."""

    name: str
    kind: str
    image1: RGB
    image2: RGB
    truths: tuple[Truth, ...]
    around: tuple[Instance, ...] = ()

    def reversed(self) -> "CaptionPair":
        """The same two images the other way round: what was added was removed."""
        kind = "removed" if self.kind == "added" else self.kind
        truths = tuple(truth.reversed() for truth in self.truths)
        return CaptionPair(self.name, kind, self.image2, self.image1, truths, self.around)


def make_pairs(photos: Sequence[Photo], kinds: Sequence[str], seed: int) -> Iterator[CaptionPair]:
    """One pair for every photo and kind, where the photos have what it needs."""
    for number, photo in enumerate(photos):
        shelf = shelf_of([other for other in photos if other is not photo])
        for kind in kinds:
            rng = np.random.default_rng((seed, number, KINDS.index(kind)))
            pair = make_pair(photo, shelf, kind, rng)
            if pair is not None:
                yield pair


def make_pair(photo: Photo, shelf: Shelf, kind: str, rng: np.random.Generator) -> CaptionPair | None:
    """One pair of a kind; null when the photo has no room or no object for it."""
    match kind:
        case "added" | "removed":
            return _add(photo, shelf, rng, reverse=kind == "removed")
        case "replaced":
            return _replace(photo, shelf, rng)
        case "recoloured":
            return _recolour(photo, rng)
        case "moved":
            return _move(photo, shelf, rng)
        case _:
            return _leave_unchanged(photo, rng)


def _add(photo: Photo, shelf: Shelf, rng: np.random.Generator, *, reverse: bool) -> CaptionPair | None:
    found = paste_any(photo, shelf, rng)
    if found is None:
        return None
    cutout, _, pasted = found
    colour = colour_of(pasted.image, pasted.mask)
    truth = Truth(pasted.box, Change.ADDED, None, cutout.label, pasted.mask, None, colour)
    pair = CaptionPair(photo.name, "added", photo.image, pasted.image, (truth,), photo.instances)
    return _captured(pair.reversed() if reverse else pair)


def _replace(photo: Photo, shelf: Shelf, rng: np.random.Generator) -> CaptionPair | None:
    """Another category with its foot where the first had its own, about as large."""
    for _ in range(ATTEMPTS):
        found = paste_any(photo, shelf, rng)
        if found is None or len(shelf) < 2:
            return None
        first, _, one = found
        second, _ = draw_cutout(shelf, rng, not_label=first.label)
        scale = float(np.sqrt(first.mask.sum() / second.mask.sum()))
        if not 0.4 < scale < 2.0:
            continue
        second = second.scaled(scale)
        x1, _, x2, foot = one.box
        (high, wide), (height, width) = second.mask.shape, photo.image.shape[:2]
        top, left = foot - high, (x1 + x2 - wide) // 2
        if top < 2 or left < 2 or left + wide > width - 2 or foot > height - 2:
            continue
        two = paste_cutout(photo.image, second, (top, left))
        mask = one.mask | two.mask
        if mean_distance(one.image, two.image, mask) < _ANOTHER_COLOUR:
            continue
        colours = colour_of(one.image, one.mask), colour_of(two.image, two.mask)
        truth = Truth(bounds(mask), Change.REPLACED, first.label, second.label, mask, *colours)
        return _captured(CaptionPair(photo.name, "replaced", one.image, two.image, (truth,), photo.instances))
    return None


def _move(photo: Photo, shelf: Shelf, rng: np.random.Generator) -> CaptionPair | None:
    for _ in range(ATTEMPTS):
        found = paste_any(photo, shelf, rng)
        if found is None:
            return None
        cutout, foot, one = found
        two = paste_at_height(photo, cutout, foot, rng, away=one.box)
        if two is None:
            continue
        left = Truth(one.box, Change.MOVED, cutout.label, None, one.mask, moved_to=two.box)
        came = Truth(two.box, Change.MOVED, None, cutout.label, two.mask, moved_from=one.box)
        return _captured(CaptionPair(photo.name, "moved", one.image, two.image, (left, came), photo.instances))
    return None


def _recolour(photo: Photo, rng: np.random.Generator) -> CaptionPair | None:
    """A whole object of the photo with its hue turned; people only where there is nothing else."""
    objects = [one for one in photo.whole_objects if one.label != "person"] or list(photo.whole_objects)
    if not objects:
        return None
    chosen = objects[int(rng.integers(len(objects)))]
    mask = chosen.whole(*photo.image.shape[:2])
    before = colour_of(photo.image, mask)
    painted = [_turn_hue(photo.image, mask, angle) for angle in rng.permutation(np.arange(60.0, 301.0, 30.0))]
    visible = [one for one in painted if mean_distance(photo.image, one, mask) >= _ANOTHER_COLOUR]
    named = [one for one in visible if before and colour_of(one, mask) not in {None, before}]
    if not visible:
        return None
    image = (named or visible)[0]
    truth = Truth(chosen.box, Change.RECOLOURED, chosen.label, chosen.label, mask, before, colour_of(image, mask))
    return _captured(CaptionPair(photo.name, "recoloured", photo.image, image, (truth,), photo.instances))


def _turn_hue(image: RGB, mask: Flags, angle: float) -> RGB:
    """Turn every colour inside by degrees about the grey axis; near-greys get a colour first; lightness stays."""
    lab = to_lab(image)
    mean = lab[mask][:, 1:].mean(0)
    short = max(0.0, 40.0 - float(np.linalg.norm(mean)))
    lab[..., 1:] += short * (mean / max(1.0, float(np.linalg.norm(mean))))
    turn = np.deg2rad(angle)
    lab[..., 1:] = lab[..., 1:] @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]], np.float32)
    soft = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7) * mask)[..., None]
    return np.asarray(np.rint(image * (1 - soft) + to_rgb(lab) * soft), np.uint8)


def _leave_unchanged(photo: Photo, rng: np.random.Generator) -> CaptionPair | None:
    """The same picture shifted by a pixel and compressed; the region to caption is one of its objects."""
    inside = np.s_[2:-2, 2:-2]
    height, width = (side - 4 for side in photo.image.shape[:2])
    masks = [(one, one.whole(*photo.image.shape[:2])[inside]) for one in photo.instances]
    around = tuple(Instance.of(one.label, mask, crowd=one.crowd) for one, mask in masks if mask.any())
    objects = Photo(photo.name, photo.image[inside], around).whole_objects
    if not objects:
        return None
    chosen = objects[int(rng.integers(len(objects)))]
    moved = NUISANCES["JPEG 90"](NUISANCES["shift 1 px"](photo.image))
    images = [np.ascontiguousarray(image[inside]) for image in (photo.image, moved)]
    truth = Truth(chosen.box, None, mask=chosen.whole(height, width))
    return CaptionPair(photo.name, "unchanged", images[0], images[1], (truth,), around)


def _captured(pair: CaptionPair) -> CaptionPair:
    """The pair as two files: image2 went through JPEG."""
    return CaptionPair(pair.name, pair.kind, pair.image1, jpeg(92)(pair.image2), pair.truths, pair.around)
