"""Pairs of photos by kind: second captures, other framing, edited objects; and fields from above with new houses."""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from benchmarks.kinds import captures
from benchmarks.kinds.truth import KnownChange, MadePair
from imgdiff.images import RGB
from imgdiff.records import Box, Change, Verdict
from imgdiff.whole_pair import PairChangeKind as Whole
from training.caption_pairs import KINDS as EDITS
from training.caption_pairs import CaptionPair, Truth, make_pair
from training.coco_photos import Photo
from training.cutouts import shelf_of
from training.nuisances import jpeg

_SAME, _DIFFERENT = frozenset({Verdict.SAME}), frozenset({Verdict.DIFFERENT})
_EITHER = _SAME | _DIFFERENT
_LIGHT = frozenset({Whole.BRIGHTNESS, Whole.COLOUR_CAST, Whole.COLOURS})
_FRAMES = frozenset({Whole.SCALED, Whole.CROPPED, Whole.EXTENDED})
_WEATHER = _LIGHT | {Whole.WEATHER, Whole.BLURRED}
_KINDS_OF = {
    Change.REPLACED: frozenset({Change.REPLACED, Change.CHANGED}),
    **{change: frozenset({change}) for change in Change if change is not Change.REPLACED},
}

_CAPTURES: dict[str, tuple[captures.Capture, frozenset[Whole], frozenset[Whole], frozenset[Verdict]]] = {
    # name: capture, what must be stated, what may be, verdicts that are right
    "photo: again": (captures.capture_again, frozenset(), frozenset(), _SAME),
    "photo: other light": (captures.expose, frozenset(), _LIGHT, _EITHER),
    "photo: shadows": (captures.cast_shadows, frozenset(), _LIGHT, _SAME),
    "photo: rain": (captures.rain, frozenset(), _WEATHER | {Whole.NOISE}, _EITHER),
    "photo: snow": (captures.snow, frozenset(), _WEATHER | {Whole.NOISE}, _EITHER),
    "photo: fog": (captures.fog, frozenset(), _WEATHER, _EITHER),
    "photo: autumn": (captures.autumn, frozenset(), _WEATHER, _EITHER),
    "photo: lens": (captures.distort, frozenset({Whole.DISTORTED}), _FRAMES, _EITHER),
    "photo: defocus": (captures.defocus, frozenset({Whole.BLURRED}), frozenset(), _DIFFERENT),
    "photo: greyscale": (captures.remove_colour, frozenset({Whole.GREYSCALE}), _LIGHT, _DIFFERENT),
    "photo: palette": (captures.reduce_palette, frozenset(), _LIGHT, _EITHER),
    "photo: grain": (captures.add_grain, frozenset({Whole.NOISE}), frozenset(), _EITHER),
}


def _mirror(image: RGB) -> RGB:
    return np.ascontiguousarray(image[:, ::-1])


def _turn(image: RGB) -> RGB:
    return np.ascontiguousarray(np.rot90(image))


def _halve_light(image: RGB) -> RGB:
    return np.rint(image * 0.5).astype(np.uint8)


def _enlarge(image: RGB) -> RGB:
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))


def _crop(image: RGB) -> RGB:
    height, width = image.shape[:2]
    return np.ascontiguousarray(image[: height * 7 // 8, width // 8 :])


_FRAMINGS: dict[str, tuple[Callable[[RGB], RGB], Whole, frozenset[Verdict]]] = {
    "photo: mirrored": (_mirror, Whole.MIRRORED, _DIFFERENT),
    "photo: rotated": (_turn, Whole.ROTATED, _DIFFERENT),
    "photo: cropped": (_crop, Whole.CROPPED, _DIFFERENT),
    "photo: scaled 2x": (_enlarge, Whole.SCALED, _SAME),
    "photo: half as bright": (_halve_light, Whole.BRIGHTNESS, _DIFFERENT),
}
PHOTOGRAPHED = (
    *_CAPTURES,
    *_FRAMINGS,
    "photo: extended",
    *(f"photo: {edit}" for edit in EDITS),
    "aerial: again",
    "aerial: houses",
)


def make_photographed(
    kind: str, images: Sequence[RGB], photos: Sequence[Photo], seed: Sequence[int], limit: int
) -> Iterator[MadePair]:
    """At most `limit` pairs of a kind; edits need photos with masks, aerial pairs none at all."""
    edit = kind.partition(": ")[2]
    if edit in EDITS:
        yield from _edit(kind, edit, [photos[index] for index in shuffle(len(photos), seed)], seed, limit)
    elif kind.startswith("aerial"):
        for number in range(limit):
            yield _make_aerial(kind, np.random.default_rng((*seed, number)))
    else:
        for number, index in enumerate(shuffle(len(images), seed)[:limit]):
            yield _capture(kind, images[index], np.random.default_rng((*seed, number)))


def shuffle(count: int, seed: Sequence[int]) -> list[int]:
    """Every kind starts with other photos."""
    return np.random.default_rng(seed).permutation(count).tolist()


def _capture(kind: str, image: RGB, rng: np.random.Generator) -> MadePair:
    if kind in _CAPTURES:
        capture, must, may, verdicts = _CAPTURES[kind]
        return MadePair(kind, image, jpeg(92)(capture(image, rng)), (), must, may, verdicts)
    if kind == "photo: extended":
        height, width = image.shape[:2]
        known = KnownChange(None, frozenset({Change.ADDED}), box2=(0, height * 7 // 8, width, height))
        part = np.ascontiguousarray(image[: height * 7 // 8])
        return MadePair(kind, part, image, (known,), may_state=frozenset({Whole.EXTENDED}))
    change, whole, verdicts = _FRAMINGS[kind]
    cropped = whole is Whole.CROPPED  # what lies outside may be boxed or only stated
    return MadePair(kind, image, change(image), (), frozenset({whole}), verdicts=verdicts, everywhere=cropped)


def _edit(kind: str, edit: str, photos: Sequence[Photo], seed: Sequence[int], limit: int) -> Iterator[MadePair]:
    made = 0
    for number, photo in enumerate(photos):
        if made == limit:
            return
        shelf = shelf_of([other for other in photos if other is not photo])
        pair = make_pair(photo, shelf, edit, np.random.default_rng((*seed, number)))
        if pair is not None:
            made += 1
            yield _known(kind, pair)


def _known(kind: str, pair: CaptionPair) -> MadePair:
    changed = [truth for truth in pair.truths if truth.change is not None and truth.moved_from is None]
    verdicts = _DIFFERENT if changed else _SAME
    return MadePair(kind, pair.image1, pair.image2, tuple(map(_change, changed)), verdicts=verdicts)


def _change(truth: Truth) -> KnownChange:
    assert truth.change is not None
    noun2 = truth.label1 if truth.change is Change.MOVED else truth.label2
    return KnownChange(truth.box, _KINDS_OF[truth.change], also_at=truth.moved_to, noun1=truth.label1, noun2=noun2)


def _make_aerial(kind: str, rng: np.random.Generator) -> MadePair:
    """Fields, a road and roofs from above, years apart: other light and grain, and on request new houses."""
    ground = _draw_fields(rng)
    before, after, known = ground.copy(), ground.copy(), []
    for number in range(16):
        left, top = 40 + 140 * (number % 4) + int(rng.integers(60)), 20 + 110 * (number // 4) + int(rng.integers(40))
        box = left, top, left + int(rng.integers(28, 46)), top + int(rng.integers(24, 40))
        is_new = kind == "aerial: houses" and number % 3 == 0
        roof = rng.uniform((120, 60, 40), (220, 190, 180))
        for image in (after,) if is_new else (before, after):
            _draw_house(image, box, roof)
        if is_new:
            known.append(KnownChange(box, frozenset({Change.ADDED}), noun2="house"))
    seen = [jpeg(85)(captures.expose(image, rng)) for image in (before, after)]
    verdicts = _DIFFERENT if known else _EITHER
    return MadePair(kind, seen[0], seen[1], tuple(known), may_state=_LIGHT, verdicts=verdicts)


def _draw_fields(rng: np.random.Generator) -> RGB:
    cells = rng.uniform((70, 80, 40), (150, 150, 100), (4, 5, 3)).astype(np.float32)
    fields = cv2.resize(cells, (640, 480), interpolation=cv2.INTER_NEAREST)
    rough = cv2.resize(rng.normal(0, 14, (240, 320)).astype(np.float32), (640, 480))[..., None]
    ground = fields + rough + rng.normal(0, 5, (480, 640, 1))
    bend = rng.uniform(0, 480, 3)
    cv2.polylines(
        ground, [np.array([[0, bend[0]], [320, bend[1]], [640, bend[2]]], np.int32)], False, (150, 150, 145), 14
    )
    return np.rint(ground.clip(0, 255)).astype(np.uint8)


def _draw_house(image: RGB, box: Box, roof: np.ndarray) -> None:
    """Two halves of a roof, the far one darker."""
    x1, y1, x2, y2 = box
    middle = (y1 + y2) // 2
    image[y1:middle, x1:x2], image[middle:y2, x1:x2] = np.rint(roof), np.rint(roof * 0.7)
