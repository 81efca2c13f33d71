"""Which structure differs however it was captured."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imgdiff.images import RGB
from services.detection.drawn.mismatch import measure_mismatch
from services.detection.limits import MISMATCH, MISMATCH_NOISE

_FONT = ImageFont.load_default(14)


def test_a_glyph_that_moved_agrees_within_reach_and_another_glyph_does_not() -> None:
    assert _measure(_draw("27", 20), _draw("27", 22), reach=0) > MISMATCH
    assert _measure(_draw("27", 20), _draw("27", 22), reach=2) < 0.02
    assert _measure(_draw("27", 20), _draw("29", 20), reach=2) > MISMATCH


def test_text_that_drifted_far_agrees_on_any_ground_and_a_like_glyph_nearby_hides_no_change() -> None:
    assert _measure(_draw("27", 20), _draw("27", 30), reach=12, down=1) < MISMATCH
    assert _measure(_draw_on_blue("27", 20), _draw_on_blue("27", 30), reach=12, down=1) < MISMATCH
    assert _measure(_draw("22", 20), _draw("27", 20), reach=12, down=1) > MISMATCH
    assert _measure(_draw("27", 20), _draw("22", 20), reach=12, down=1) > MISMATCH


def test_a_plain_area_of_another_colour_differs_and_faint_grain_does_not() -> None:
    plain = np.full((60, 60, 3), 200, np.uint8)
    grainy = np.clip(plain + np.random.default_rng(1).normal(0, 4, plain.shape), 0, 255).astype(np.uint8)

    assert _measure(plain, plain - np.uint8(40), reach=1) > 1
    assert _measure(plain, grainy, reach=0) < 0.1


def _draw(text: str, left: int) -> RGB:
    image = Image.new("RGB", (80, 60), "white")
    ImageDraw.Draw(image).text((left, 20), text, "black", _FONT)
    return np.asarray(image)


def _draw_on_blue(text: str, left: int) -> RGB:
    image = Image.new("RGB", (80, 60), "#0d6efd")
    ImageDraw.Draw(image).text((left, 20), text, "white", _FONT)
    return np.asarray(image)


def _measure(image1: RGB, image2: RGB, reach: float, down: float | None = None) -> float:
    reaches = reach, reach if down is None else down
    return float(measure_mismatch(image1, image2, MISMATCH_NOISE, reaches).max())
