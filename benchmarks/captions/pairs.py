"""Pairs whose true caption is known: one object of a photo pasted, removed, replaced, recoloured or moved, or nothing.

Cut-outs come from the instance masks of other photos; every object is as likely as any other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.coco_photos import Instance, Photo, tight_box
from benchmarks.regions.nuisances import NUISANCES, jpeg
from imgdiff.boxes import area, intersection
from imgdiff.images import RGB
from imgdiff.records import Box, Change
from services.captioning.observation.colours import colour_of
from services.editing.compositing.colours import shift
from services.imaging.arrays import Flags
from services.imaging.colours import to_lab, to_rgb
from training.edits import laid
from training.pictures import Alpha

KINDS = ("added", "removed", "replaced", "recoloured", "moved", "unchanged")
_TRIES = 40
_VISIBLE = 24.0  # grey levels of mean difference that a pasted thing has to make
_ANOTHER_COLOUR = 22.0  # mean Lab distance, as for our own recolouring
_SCALES = (0.7, 1.25)
_CLEAR = 8  # pixels between both places of what moved


@dataclass(frozen=True)
class Truth:
    """One true region; a label is null where the image shows ground, the change null where nothing happened.

    Colours are basic terms, null where the thing has no one colour. `kind_of`: such nouns are right as well.
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


@dataclass(frozen=True)
class CaptionPair:
    """Two images of one size, what is true of them, and what else is annotated in both."""

    name: str
    kind: str
    image1: RGB
    image2: RGB
    truths: tuple[Truth, ...]
    around: tuple[Instance, ...] = ()


@dataclass(frozen=True)
class _Thing:
    """A cut-out: its pixels and where it is among them, tight on every side."""

    label: str
    pixels: RGB
    mask: Flags

    @property
    def opacity(self) -> Alpha:
        """One pixel soft at the edge, inwards, so that nothing of its own ground comes along."""
        framed = cv2.copyMakeBorder(self.mask.astype(np.float32), 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0.0)
        return np.asarray(cv2.GaussianBlur(framed, (0, 0), 0.7)[2:-2, 2:-2] * self.mask, np.float32)

    def scaled(self, scale: float) -> "_Thing":
        """Of another size, tight again."""
        high, wide = (max(8, round(side * scale)) for side in self.mask.shape)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(self.pixels, (wide, high), interpolation=way))
        mask = np.asarray(cv2.resize(self.mask.astype(np.float32), (wide, high))) > 0.5
        x1, y1, x2, y2 = tight_box(mask)
        return _Thing(self.label, pixels[y1:y2, x1:x2], mask[y1:y2, x1:x2])


@dataclass(frozen=True)
class _Pasted:
    """A photo with a thing in it."""

    image: RGB
    mask: Flags

    @property
    def box(self) -> Box:
        return tight_box(self.mask)


def made(photos: Sequence[Photo], kinds: Sequence[str], seed: int) -> Iterator[CaptionPair]:
    """For every photo and kind one pair, where the photos have what it needs."""
    for number, photo in enumerate(photos):
        others = _by_label([one for one in photos if one is not photo])
        for kind in kinds:
            rng = np.random.default_rng((seed, number, KINDS.index(kind)))
            pair = one_pair(photo, others, kind, rng)
            if pair is not None:
                yield pair


Shelf = dict[str, list[tuple[Photo, Instance]]]


def one_pair(photo: Photo, others: Shelf, kind: str, rng: np.random.Generator) -> CaptionPair | None:
    """One pair of a kind; null when the photo has no room or no object for it."""
    match kind:
        case "added" | "removed":
            return _pasted_pair(photo, others, kind, rng)
        case "replaced":
            return _replaced(photo, others, rng)
        case "recoloured":
            return _recoloured(photo, rng)
        case "moved":
            return _moved(photo, others, rng)
        case _:
            return _unchanged(photo, rng)


def reversed_pair(pair: CaptionPair) -> CaptionPair:
    """The same two images the other way round: what was added was removed."""
    back = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    truths = tuple(
        Truth(
            one.box, back.get(one.change, one.change) if one.change else None, one.label2, one.label1, one.mask,
            one.colour2, one.colour1, one.moved_from, one.moved_to, one.kind_of,
        )
        for one in pair.truths
    )  # fmt: skip
    return CaptionPair(pair.name, "removed" if pair.kind == "added" else pair.kind, pair.image2, pair.image1, truths,
                       pair.around)  # fmt: skip


def _by_label(photos: Sequence[Photo]) -> Shelf:
    shelf: Shelf = {}
    for photo in photos:
        for one in photo.whole_things:
            shelf.setdefault(one.label, []).append((photo, one))
    return shelf


def _drawn(others: Shelf, rng: np.random.Generator, not_label: str | None = None) -> tuple[_Thing, float]:
    """A cut-out of any object, and how low its foot stood in its own photo, 0..1."""
    entries = [entry for label in sorted(set(others) - {not_label}) for entry in others[label]]
    photo, one = entries[int(rng.integers(len(entries)))]
    x1, y1, x2, y2 = one.box
    return _Thing(one.label, photo.image[y1:y2, x1:x2], one.mask), y2 / photo.image.shape[0]


def _placed(
    photo: Photo, thing: _Thing, foot: float, rng: np.random.Generator, away: Box | None = None
) -> _Pasted | None:
    """Standing about as low as it did, clear of the border, where it shows; least over what is annotated there."""
    height, width = photo.image.shape[:2]
    high, wide = thing.mask.shape
    best: tuple[float, _Pasted] | None = None
    for _ in range(_TRIES):
        if high > height - 4 or wide > width - 4:
            return None
        bottom = (foot + rng.uniform(-0.15, 0.15)) * height
        top = int(np.clip(bottom - high, 2, height - high - 2))
        left = int(rng.integers(2, width - wide - 1))
        box = (left, top, left + wide, top + high)
        if away is not None and intersection(_grown(away), box):
            continue
        covered = float(sum(intersection(box, one.box) for one in photo.instances)) / area(box)
        if best is not None and covered >= best[0]:
            continue
        pasted = _paste(photo.image, thing, (top, left))
        if float(cv2.absdiff(pasted.image, photo.image).max(2)[pasted.mask].mean()) >= _VISIBLE:
            best = covered, pasted
    return None if best is None else best[1]


def _grown(box: Box) -> Box:
    return box[0] - _CLEAR, box[1] - _CLEAR, box[2] + _CLEAR, box[3] + _CLEAR


def _paste(image: RGB, thing: _Thing, place: tuple[int, int]) -> _Pasted:
    pasted, _ = laid(image, thing.pixels, thing.opacity, place)
    mask = np.zeros(image.shape[:2], bool)
    (top, left), (high, wide) = place, thing.mask.shape
    mask[top : top + high, left : left + wide] = thing.mask
    return _Pasted(pasted, mask)


def _somewhere(photo: Photo, others: Shelf, rng: np.random.Generator) -> tuple[_Thing, float, _Pasted] | None:
    """Any cut-out at any place where it fits."""
    for _ in range(_TRIES):
        if not others:
            break
        thing, foot = _drawn(others, rng)
        thing = thing.scaled(float(rng.uniform(*_SCALES)))
        if thing.mask.size < 0.5 * photo.image[..., 0].size and (pasted := _placed(photo, thing, foot, rng)):
            return thing, foot, pasted
    return None


def _pasted_pair(photo: Photo, others: Shelf, kind: str, rng: np.random.Generator) -> CaptionPair | None:
    found = _somewhere(photo, others, rng)
    if found is None:
        return None
    thing, _, pasted = found
    truth = Truth(pasted.box, Change.ADDED, None, thing.label, pasted.mask, None, colour_of(pasted.image, pasted.mask))
    pair = CaptionPair(photo.name, "added", photo.image, pasted.image, (truth,), photo.instances)
    return _captured(reversed_pair(pair) if kind == "removed" else pair)


def _replaced(photo: Photo, others: Shelf, rng: np.random.Generator) -> CaptionPair | None:
    """Another category with its foot where the first had its own, about as large."""
    for _ in range(_TRIES):
        found = _somewhere(photo, others, rng)
        if found is None or len(others) < 2:
            return None
        first, _, one = found
        second, _ = _drawn(others, rng, not_label=first.label)
        scale = float(np.sqrt(first.mask.sum() / second.mask.sum()))
        if not 0.4 < scale < 2.0:
            continue
        second = second.scaled(scale)
        x1, _, x2, foot = one.box
        (high, wide), (height, width) = second.mask.shape, photo.image.shape[:2]
        top, left = foot - high, (x1 + x2 - wide) // 2
        if top < 2 or left < 2 or left + wide > width - 2 or foot > height - 2:
            continue
        two = _paste(photo.image, second, (top, left))
        if shift(one.image, two.image, one.mask | two.mask) < _ANOTHER_COLOUR:
            continue
        mask = one.mask | two.mask
        truth = Truth(tight_box(mask), Change.REPLACED, first.label, second.label, mask,
                      colour_of(one.image, one.mask), colour_of(two.image, two.mask))  # fmt: skip
        return _captured(CaptionPair(photo.name, "replaced", one.image, two.image, (truth,), photo.instances))
    return None


def _moved(photo: Photo, others: Shelf, rng: np.random.Generator) -> CaptionPair | None:
    for _ in range(_TRIES):
        found = _somewhere(photo, others, rng)
        if found is None:
            return None
        thing, foot, one = found
        two = _placed(photo, thing, foot, rng, away=one.box)
        if two is None:
            continue
        left = Truth(one.box, Change.MOVED, thing.label, None, one.mask, moved_to=two.box)
        came = Truth(two.box, Change.MOVED, None, thing.label, two.mask, moved_from=one.box)
        return _captured(CaptionPair(photo.name, "moved", one.image, two.image, (left, came), photo.instances))
    return None


def _recoloured(photo: Photo, rng: np.random.Generator) -> CaptionPair | None:
    """A whole object of the photo with its hue turned; people only where there is nothing else."""
    things = [one for one in photo.whole_things if one.label != "person"] or list(photo.whole_things)
    if not things:
        return None
    thing = things[int(rng.integers(len(things)))]
    mask = thing.whole(*photo.image.shape[:2])
    before = colour_of(photo.image, mask)
    painted = [_turned(photo.image, mask, angle) for angle in rng.permutation(np.arange(60.0, 301.0, 30.0))]
    seen = [one for one in painted if shift(photo.image, one, mask) >= _ANOTHER_COLOUR]
    named = [one for one in seen if before and colour_of(one, mask) not in {None, before}]
    if not seen:
        return None
    image = (named or seen)[0]
    truth = Truth(thing.box, Change.RECOLOURED, thing.label, thing.label, mask, before, colour_of(image, mask))
    return _captured(CaptionPair(photo.name, "recoloured", photo.image, image, (truth,), photo.instances))


def _turned(image: RGB, mask: Flags, angle: float) -> RGB:
    """Every colour inside turned about the grey axis; what is nearly grey gets a colour first; lightness stays."""
    lab = to_lab(image)
    mean = lab[mask][:, 1:].mean(0)
    short = max(0.0, 40.0 - float(np.linalg.norm(mean)))
    lab[..., 1:] += short * (mean / max(1.0, float(np.linalg.norm(mean))))
    turn = np.deg2rad(angle)
    lab[..., 1:] = lab[..., 1:] @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]], np.float32)
    soft = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7) * mask)[..., None]
    return np.asarray(np.rint(image * (1 - soft) + to_rgb(lab) * soft), np.uint8)


def _unchanged(photo: Photo, rng: np.random.Generator) -> CaptionPair | None:
    """The same picture, a pixel further and written again; the region to ask about is one of its objects."""
    inside = np.s_[2:-2, 2:-2]
    height, width = (side - 4 for side in photo.image.shape[:2])
    around = [Instance.of(one.label, mask[inside], crowd=one.crowd) for one in photo.instances
              if (mask := one.whole(*photo.image.shape[:2]))[inside].any()]  # fmt: skip
    things = Photo(photo.name, photo.image[inside], tuple(around)).whole_things
    if not things:
        return None
    thing = things[int(rng.integers(len(things)))]
    moved = NUISANCES["JPEG 90"](NUISANCES["shift 1 px"](photo.image))
    images = [np.ascontiguousarray(image[inside]) for image in (photo.image, moved)]
    truth = Truth(thing.box, None, mask=thing.whole(height, width))
    return CaptionPair(photo.name, "unchanged", images[0], images[1], (truth,), tuple(around))


def _captured(pair: CaptionPair) -> CaptionPair:
    return CaptionPair(pair.name, pair.kind, pair.image1, jpeg(92)(pair.image2), pair.truths, pair.around)
