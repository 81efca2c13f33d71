"""Edits whose exact place is known: paste, remove, recolour, replace, or write into a picture."""

from collections.abc import Callable

import cv2
import numpy as np

from imgdiff.images import RGB
from training.pictures import Alpha, Pictures

Edit = Callable[[RGB, Pictures, np.random.Generator], tuple[RGB, Alpha]]


def apply_edits(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, RGB, Alpha]:
    """Apply one to eight edits, each to either side; returns both sides and where they differ, 0..1."""
    sides = [image.copy(), image.copy()]
    where = np.zeros(image.shape[:2], np.float32)
    for _ in range(int(rng.choice([1, 2, 3, 5, 8], p=[0.3, 0.25, 0.2, 0.15, 0.1]))):
        kind = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
        side = int(rng.integers(2))
        changed, place = kind(sides[side], pictures, rng)
        if (place * np.minimum(where, 1)).sum() > 0.1 * place.sum():
            continue  # the truth of overlapping edits is unclear
        sides[side] = changed
        where = np.maximum(where, place)
    return sides[0], sides[1], where


def _side(image: RGB, rng: np.random.Generator) -> int:
    """Side of an edit in pixels, log-uniform from 12 pixels to 60 % of the picture."""
    return round(float(np.exp(rng.uniform(np.log(12), np.log(0.6 * min(image.shape[:2]))))))


def _place(image: RGB, opacity: Alpha, rng: np.random.Generator) -> tuple[int, int]:
    """Top and left of an edit, which may be partly outside the picture."""
    (height, width), (high, wide) = image.shape[:2], opacity.shape
    top = int(rng.integers(-high // 5, height - 4 * high // 5))
    return top, int(rng.integers(-wide // 5, width - 4 * wide // 5))


def paste(image: RGB, source: RGB, opacity: Alpha, place: tuple[int, int]) -> tuple[RGB, Alpha]:
    """Paste with the upper left corner at (top, left), cut at the border; nothing is pasted where a sliver is left."""
    height, width = image.shape[:2]
    (top, left), (high, wide) = place, opacity.shape
    y1, x1, y2, x2 = max(0, top), max(0, left), min(height, top + high), min(width, left + wide)
    where = np.zeros((height, width), np.float32)
    if y2 - y1 < 6 or x2 - x1 < 6:
        return image, where
    cut = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
    soft = opacity[cut][..., None]
    out = image.copy()
    mixed = image[y1:y2, x1:x2] * (1 - soft) + source[cut] * soft
    out[y1:y2, x1:x2] = np.rint(mixed).clip(0, 255).astype(np.uint8)
    where[y1:y2, x1:x2] = opacity[cut]
    return out, where


def _paste_cutout(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:
    cutout, opacity = pictures.cutout(rng, _side(image, rng))
    if rng.random() < 0.25:  # faint
        opacity = opacity * np.float32(rng.uniform(0.2, 0.7))
    if rng.random() < 0.5:  # into the light of the picture
        level = image.mean((0, 1)) / max(1.0, float(cutout[opacity > 0.5].mean() if (opacity > 0.5).any() else 128))
        cutout = np.rint((cutout * (0.5 + 0.5 * level)).clip(0, 255)).astype(np.uint8)
    place = _place(image, opacity, rng)
    if rng.random() < 0.4:
        image = _cast_shadow(image, opacity, place, rng)
    return paste(image, cutout, opacity, place)


def _paste_row(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:
    """Paste objects of one size side by side, a few pixels apart: each is a change of its own."""
    cutout, opacity = pictures.cutout(rng, min(_side(image, rng), min(image.shape[:2]) // 5))
    high, wide = opacity.shape
    top, left = _place(image, opacity, rng)
    gap = int(rng.integers(3, 14))
    if rng.random() < 0.5:
        down, across = high + gap, int(rng.integers(-wide // 3, wide // 3 + 1))
    else:
        down, across = int(rng.integers(-high // 3, high // 3 + 1)), wide + gap
    where = np.zeros(image.shape[:2], np.float32)
    for number in range(int(rng.integers(2, 6))):
        if number and rng.random() < 0.5:
            other, soft = pictures.cutout(rng, max(high, wide))
            cutout, opacity = cv2.resize(other, (wide, high)), cv2.resize(soft, (wide, high))
        place = top + number * down, left + number * across
        if rng.random() < 0.4:
            image = _cast_shadow(image, opacity, place, rng)
        image, one = paste(image, cutout, opacity, place)
        where = np.maximum(where, one)
    return image, where


def _cast_shadow(image: RGB, opacity: Alpha, place: tuple[int, int], rng: np.random.Generator) -> RGB:
    """Draw the shadow that an object casts; it does not count as part of the edit."""
    reach = max(2, round(float(rng.uniform(0.05, 0.25)) * max(opacity.shape)))
    shift = place[0] + int(rng.integers(0, reach + 1)), place[1] + int(rng.integers(-reach, reach + 1))
    soft = cv2.GaussianBlur(opacity, (0, 0), float(rng.uniform(1, 1 + reach / 2))) * np.float32(rng.uniform(0.2, 0.6))
    return paste(image, np.zeros((*opacity.shape, 3), np.uint8), soft, shift)[0]


def _paste_patch(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:
    """Paste a part of another picture in a random outline."""
    side = _side(image, rng)
    other = pictures.view(rng)
    scale = float(rng.uniform(0.3, 1.0))
    other = np.asarray(
        cv2.resize(
            other,
            None,
            fx=max(scale, 1.1 * side / min(other.shape[:2])),
            fy=max(scale, 1.1 * side / min(other.shape[:2])),
            interpolation=cv2.INTER_AREA,
        )
    )
    high, wide = side, max(8, min(other.shape[1], round(side * rng.uniform(0.5, 1.6))))
    top, left = int(rng.integers(other.shape[0] - high + 1)), int(rng.integers(other.shape[1] - wide + 1))
    shape = outline(high, wide, rng)
    return paste(image, other[top : top + high, left : left + wide], shape, _place(image, shape, rng))


def _cover(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:  # noqa: ARG001
    """Cover a place with another place of the same picture, as object removal does."""
    side = _side(image, rng)
    height, width = image.shape[:2]
    wide = max(8, min(width, round(side * rng.uniform(0.5, 1.6))))
    reach = max(1, min(height - side, 3 * side)), max(1, min(width - wide, 3 * wide))
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - wide + 1))
    from_y = int(np.clip(top + rng.integers(-reach[0], reach[0] + 1), 0, height - side))
    from_x = int(np.clip(left + rng.integers(-reach[1], reach[1] + 1), 0, width - wide))
    soft = outline(side, wide, rng)[..., None]
    out = image.copy()
    mixed = (
        out[top : top + side, left : left + wide] * (1 - soft)
        + image[from_y : from_y + side, from_x : from_x + wide] * soft
    )
    out[top : top + side, left : left + wide] = np.rint(mixed).astype(np.uint8)
    where = np.zeros((height, width), np.float32)
    where[top : top + side, left : left + wide] = soft[..., 0]
    return out, where


def _inpaint(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:  # noqa: ARG001
    side = min(_side(image, rng), 120)
    where = _at_random_place(image, outline(side, max(8, round(side * rng.uniform(0.5, 1.6))), rng), rng)
    hole = (where > 0.3).astype(np.uint8)
    return np.asarray(cv2.inpaint(image, hole, 3, cv2.INPAINT_TELEA)), where


def _recolour(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:  # noqa: ARG001
    """Shift hue, saturation and lightness inside a random outline."""
    side = _side(image, rng)
    where = _at_random_place(image, outline(side, max(8, round(side * rng.uniform(0.5, 1.6))), rng), rng)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    strength = rng.uniform(20, 60)
    shift = np.array([rng.uniform(-25, 25), strength * np.cos(angle), strength * np.sin(angle)], np.float32)
    other = cv2.cvtColor(np.rint((lab + shift).clip(0, 255)).astype(np.uint8), cv2.COLOR_LAB2RGB)
    soft = where[..., None]
    return np.rint(image * (1 - soft) + other * soft).astype(np.uint8), where


def _replace_background(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:
    """Blend another picture over everything outside a large outline."""
    height, width = image.shape[:2]
    keep = outline(round(height * rng.uniform(0.5, 0.95)), round(width * rng.uniform(0.4, 0.9)), rng)
    where = 1 - _at_random_place(image, keep, rng)
    other = np.asarray(cv2.resize(pictures.view(rng), (width, height), interpolation=cv2.INTER_AREA))
    share = float(rng.uniform(0.6, 1.0))
    soft = where[..., None] * share
    return np.rint(image * (1 - soft) + other * soft).astype(np.uint8), where


def _write(image: RGB, pictures: Pictures, rng: np.random.Generator) -> tuple[RGB, Alpha]:  # noqa: ARG001
    """Write letters or draw a line."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    colour = [int(value) for value in rng.integers(0, 256, 3)]
    x, y = int(rng.integers(width // 8, 7 * width // 8)), int(rng.integers(height // 8, 7 * height // 8))
    thick = int(rng.integers(1, 5))
    if rng.random() < 0.6:
        text = "".join(chr(int(code)) for code in rng.integers(65, 91, int(rng.integers(1, 9))))
        cv2.putText(layer, text, (x, y), int(rng.integers(0, 5)), float(rng.uniform(0.4, 2)), 255, thick, cv2.LINE_AA)
    else:
        end = x + int(rng.integers(-width // 4, width // 4)), y + int(rng.integers(-height // 4, height // 4))
        cv2.line(layer, (x, y), end, 255, thick, cv2.LINE_AA)
    soft = layer[..., None].astype(np.float32) / 255
    out = np.rint(image * (1 - soft) + np.array(colour) * soft).astype(np.uint8)
    return out, cv2.dilate(layer, np.ones((5, 5), np.uint8)).astype(np.float32) / 255


def outline(high: int, wide: int, rng: np.random.Generator) -> Alpha:
    """Opacity 0..1 of a filled ellipse, rectangle or blob, soft over one pixel at its border."""
    kind = rng.random()
    y, x = np.mgrid[:high, :wide]
    across, down = (2 * x + 1 - wide) / wide, (2 * y + 1 - high) / high
    if kind < 0.35:
        inside = (across**2 + down**2 <= 1).astype(np.float32)
    elif kind < 0.6:
        inside = np.ones((high, wide), np.float32)
    else:
        waves = cv2.resize(rng.normal(size=(5, 5)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
        inside = (across**2 + down**2 + 0.35 * waves <= 0.9).astype(np.float32)
    framed = cv2.copyMakeBorder(
        inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0 if kind >= 0.6 or kind < 0.35 else 1.0
    )
    return np.asarray(cv2.GaussianBlur(framed, (0, 0), 0.7))[1:-1, 1:-1]


def _at_random_place(image: RGB, shape: Alpha, rng: np.random.Generator) -> Alpha:
    height, width = image.shape[:2]
    shape = shape[:height, :width]
    where = np.zeros((height, width), np.float32)
    top, left = int(rng.integers(height - shape.shape[0] + 1)), int(rng.integers(width - shape.shape[1] + 1))
    where[top : top + shape.shape[0], left : left + shape.shape[1]] = shape
    return where


_KINDS: tuple[Edit, ...] = (
    _paste_cutout,
    _paste_row,
    _paste_patch,
    _cover,
    _inpaint,
    _recolour,
    _replace_background,
    _write,
)
_SHARES = (  # probability of each kind
    0.32,
    0.1,
    0.19,
    0.13,
    0.05,
    0.12,
    0.03,
    0.06,
)
