"""Photos seen again in another look, alone and with a ball added; and 16-bit slices of a scanner.

Looks are written apart from `training`, whose heads they test; their strengths were chosen by eye, not measured.
"""

from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.kinds import captures
from benchmarks.kinds.captures import Capture
from benchmarks.kinds.truth import KnownChange, MadePair
from imgdiff.images import RGB, ImageLimits, decode_pair, encode_png
from imgdiff.records import Box, Change, Verdict
from imgdiff.whole_pair import PairChangeKind as Whole
from training.nuisances import jpeg

_SAME, _DIFFERENT = frozenset({Verdict.SAME}), frozenset({Verdict.DIFFERENT})
_EITHER = _SAME | _DIFFERENT
_LIGHT = frozenset({Whole.BRIGHTNESS, Whole.COLOUR_CAST, Whole.COLOURS, Whole.WEATHER})
_SEPIA = np.array([[0.393, 0.349, 0.272], [0.769, 0.686, 0.534], [0.189, 0.168, 0.131]])


def _to_levels(values: np.ndarray) -> RGB:
    return np.rint(values.clip(0, 255)).astype(np.uint8)


def _grid(image: RGB) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of every pixel as shares of height and width."""
    height, width = image.shape[:2]
    down, across = np.mgrid[:height, :width].astype(np.float32)
    return down / height, across / width


def _shade(image: RGB, shadow: np.ndarray, depth: float) -> RGB:
    """Darken where the shadow, 0..1, lies; skylight makes it bluer."""
    return _to_levels(image * (1 - depth * shadow[..., None] * np.array([1.06, 1.0, 0.9])))


def _cast_blinds(image: RGB, rng: np.random.Generator) -> RGB:
    """Stripes of a blind."""
    down, across = _grid(image)
    period = rng.uniform(0.04, 0.09)
    stripes = (np.sin((down + rng.uniform(0.2, 0.6) * across) * 2 * np.pi / period) > 0).astype(np.float32)
    return _shade(image, cv2.GaussianBlur(stripes, (0, 0), 2), rng.uniform(0.35, 0.5))


def _dapple(image: RGB, rng: np.random.Generator) -> RGB:
    """Light through leaves."""
    leaves = cv2.resize(rng.random((36, 50)).astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return _shade(image, cv2.GaussianBlur((leaves > 0.5).astype(np.float32), (0, 0), 2.5), rng.uniform(0.4, 0.55))


def _wet(image: RGB, rng: np.random.Generator) -> RGB:
    """Wet ground in the lower half: darker, with a faint reflection."""
    down, _ = _grid(image)
    wet = ((down - rng.uniform(0.45, 0.6)) * 5).clip(0, 1)[..., None]
    mirrored = cv2.GaussianBlur(image[::-1], (0, 0), 6)
    return _to_levels(image * (1 - wet) + (image * 0.6 + mirrored * 0.15) * wet)


def _flare(image: RGB, rng: np.random.Generator) -> RGB:
    """The sun shines into the lens from a corner."""
    down, across = _grid(image)
    far = (across - rng.choice([0.1, 0.9])) ** 2 + (down - 0.1) ** 2
    return _to_levels(image + np.exp(-far / 0.16)[..., None] * np.array([120, 105, 70]))


def _vignette(image: RGB, rng: np.random.Generator) -> RGB:
    down, across = _grid(image)
    far = ((across - 0.5) ** 2 + (down - 0.5) ** 2) / 0.5
    return _to_levels(image * (1 - rng.uniform(0.4, 0.65) * far)[..., None])


def _dusk(image: RGB, rng: np.random.Generator) -> RGB:
    return _to_levels(255 * (image / 255) ** rng.uniform(1.3, 1.6) * np.array([0.62, 0.58, 0.72]))


def _warm(image: RGB, rng: np.random.Generator) -> RGB:
    """Tungsten light under a daylight balance."""
    return _to_levels(image * np.array([1.15, 1.0, rng.uniform(0.75, 0.85)]))


def _local_contrast(image: RGB, _: np.random.Generator) -> RGB:
    """A phone's tone mapping."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.5, (6, 6)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def _sepia(image: RGB, _: np.random.Generator) -> RGB:
    return _to_levels(image @ _SEPIA)


def _sharpen(image: RGB, _: np.random.Generator) -> RGB:
    """An unsharp mask."""
    return _to_levels(image + 1.2 * (image - cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.float32)))


_WEATHER = _LIGHT | {Whole.NOISE, Whole.BLURRED}
_SHARP = frozenset({Whole.SHARPENED})
_LOOKS: dict[str, tuple[Capture, frozenset[Whole], frozenset[Whole], frozenset[Verdict]]] = {
    # name: capture, what must be stated, what may be, verdicts that are right without the ball
    "blinds": (_cast_blinds, frozenset(), _LIGHT, _SAME),
    "light through leaves": (_dapple, frozenset(), _LIGHT, _SAME),
    "wet ground": (_wet, frozenset(), _LIGHT, _EITHER),
    "flare": (_flare, frozenset(), _LIGHT, _EITHER),
    "vignette": (_vignette, frozenset(), _LIGHT, _EITHER),
    "dusk": (_dusk, frozenset({Whole.BRIGHTNESS}), _LIGHT, _EITHER),
    "warm light": (_warm, frozenset({Whole.COLOUR_CAST}), _LIGHT, _EITHER),
    "local contrast": (_local_contrast, frozenset(), _LIGHT | _SHARP | {Whole.NOISE}, _EITHER),
    "sepia": (_sepia, frozenset(), _LIGHT | {Whole.GREYSCALE}, _DIFFERENT),
    "sharpened": (_sharpen, _SHARP, frozenset({Whole.NOISE}), _EITHER),
}
_WITH_BALL = {
    **_LOOKS,
    "rain": (captures.rain, frozenset(), _WEATHER, _DIFFERENT),
    "snow": (captures.snow, frozenset(), _WEATHER, _DIFFERENT),
    "fog": (captures.fog, frozenset(), _WEATHER, _DIFFERENT),
    "shadows": (captures.cast_shadows, frozenset(), _LIGHT, _DIFFERENT),
    "lens": (captures.distort, frozenset(), frozenset({Whole.SCALED}), _DIFFERENT),
    "greyscale": (captures.remove_colour, frozenset({Whole.GREYSCALE}), _LIGHT, _DIFFERENT),
}
LookMaker = Callable[[RGB, np.random.Generator], MadePair]


def _look(name: str) -> LookMaker:
    capture, must, may, verdicts = _LOOKS[name]

    def make(image: RGB, rng: np.random.Generator) -> MadePair:
        return MadePair(f"photo: {name}", image, jpeg(92)(capture(image, rng)), (), must, may, verdicts)

    return make


def _look_with_ball(name: str) -> LookMaker:
    capture, must, may, _ = _WITH_BALL[name]

    def make(image: RGB, rng: np.random.Generator) -> MadePair:
        other, box = _add_ball(image, rng)
        known = KnownChange(box, frozenset({Change.ADDED}), noun2="sports ball")
        return MadePair(f"photo: {name}, ball", image, jpeg(92)(capture(other, rng)), (known,), must, may)

    return make


def _add_ball(image: RGB, rng: np.random.Generator) -> tuple[RGB, Box]:
    """A striped ball, lit from above, in the lower half."""
    height, width = image.shape[:2]
    radius = int(rng.uniform(0.06, 0.1) * min(height, width))
    x, y = int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.55, 0.85) * height)
    down, across = np.mgrid[:height, :width].astype(np.float32)
    right, low = (across - x) / radius, (down - y) / radius
    inside = (((1 - np.hypot(right, low)) * radius + 0.5).clip(0, 1))[..., None]
    stripes = (np.sin(np.arctan2(low, right + 0.4) * 4) > 0)[..., None]
    colours = np.where(stripes, rng.uniform(120, 255, 3), rng.uniform(20, 140, 3))
    lit = (0.75 - 0.35 * low - 0.2 * right).clip(0.2, 1.1)[..., None]
    return _to_levels(image * (1 - inside) + colours * lit * inside), (
        x - radius,
        y - radius,
        x + radius + 1,
        y + radius + 1,
    )


def _slices(kind: str, *, changed: bool) -> LookMaker:
    """Two 16-bit slices of a body that use 12 bits, with grain; on request a bright spot in the second."""

    def make(_: RGB, rng: np.random.Generator) -> MadePair:
        body, spot = _draw_body(rng)
        levels = [body, body + 120 * spot if changed else body]
        files = [encode_png((one + rng.normal(0, 9, one.shape)).clip(0, 4095).astype(np.uint16)) for one in levels]
        pair = decode_pair(files[0], files[1], ImageLimits())
        down, across = np.nonzero(spot)
        box = int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1
        changes = frozenset({Change.ADDED, Change.CHANGED, Change.RECOLOURED})
        known = (KnownChange(box, changes),) if changed else ()
        return MadePair(kind, pair.image1, pair.image2, known, verdicts=_DIFFERENT if changed else _SAME)

    return make


def _draw_body(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a body with two dark and one bright organ, (400, 400), and where a spot may be."""
    down, across = np.mgrid[:400, :400].astype(np.float32)

    def disc(x: float, y: float, wide: float, high: float) -> np.ndarray:
        return ((across - x) / wide) ** 2 + ((down - y) / high) ** 2 < 1

    body = np.where(disc(200, 200, 180, 140), 1060.0, 24.0)
    for x, y, size, value in ((130, 180, 45, 210), (270, 180, 48, 220), (200, 300, 24, 1700)):
        body[disc(x, y, size, size * 1.2)] = value
    return body, disc(rng.uniform(180, 220), rng.uniform(120, 250), *rng.uniform(11, 16, 2))


LOOKS: dict[str, LookMaker] = {
    **{f"photo: {name}": _look(name) for name in _LOOKS},
    **{f"photo: {name}, ball": _look_with_ball(name) for name in _WITH_BALL},
    "slices: again": _slices("slices: again", changed=False),
    "slices: spot": _slices("slices: spot", changed=True),
}
