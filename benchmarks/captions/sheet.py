"""A sheet of wrong captions: both crops with the true box, and below them the truth and the caption."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.captions.scores import RegionScore
from imgdiff.images import RGB
from imgdiff.records import Box
from imgdiff.stages import CaptionedRegion
from training.caption_pairs import CaptionPair, Truth

_CROP = (290, 220)
_TEXT = 92  # pixels below the crops
_COLUMNS = 3
_LETTERS = 84  # a line
_TRUE, _BAD = (0, 200, 80), (190, 0, 0)
_FONT = ImageFont.load_default(size=13)


@dataclass(frozen=True)
class BadCase:
    """One region with a wrong caption."""

    pair: CaptionPair
    truth: Truth
    region: CaptionedRegion | None
    score: RegionScore


def draw_sheet(cases: Sequence[BadCase], path: Path) -> None:
    """Draw three cases a row."""
    size = 2 * _CROP[0] + 16, _CROP[1] + _TEXT
    sheet = Image.new("RGB", (_COLUMNS * size[0], max(1, -(-len(cases) // _COLUMNS)) * size[1]), "white")
    pen = ImageDraw.Draw(sheet)
    for number, case in enumerate(cases):
        left, top = number % _COLUMNS * size[0] + 4, number // _COLUMNS * size[1] + 4
        for side, image in enumerate((case.pair.image1, case.pair.image2)):
            sheet.paste(_crop(image, case.truth.box), (left + side * (_CROP[0] + 4), top))
        for place, (text, colour) in enumerate(_lines(case)):
            pen.text((left, top + _CROP[1] + 3 + place * 16), text, fill=colour, font=_FONT)
    sheet.save(path)


def _crop(image: RGB, box: Box) -> Image.Image:
    """The box with as much around it as it is large, since an object is hard to judge without its surroundings."""
    x1, y1, x2, y2 = box
    half = max((x2 - x1) * 1.0, (y2 - y1) * 1.0 * _CROP[0] / _CROP[1], 80.0)
    across, down = (x1 + x2) / 2, (y1 + y2) / 2
    left, top = round(max(0, across - half)), round(max(0, down - half * _CROP[1] / _CROP[0]))
    right = round(min(image.shape[1], across + half))
    bottom = round(min(image.shape[0], down + half * _CROP[1] / _CROP[0]))
    scale = min(_CROP[0] / (right - left), _CROP[1] / (bottom - top))
    crop = Image.fromarray(image[top:bottom, left:right]).resize(
        (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    )
    corners = [(x1 - left) * scale, (y1 - top) * scale, (x2 - left) * scale, (y2 - top) * scale]
    ImageDraw.Draw(crop).rectangle(corners, outline=_TRUE, width=2)
    return crop


def _lines(case: BadCase) -> list[tuple[str, str | tuple[int, int, int]]]:
    truth, region = case.truth, case.region
    true = f"TRUE {truth.change.value if truth.change else 'nothing'}: {truth.label1 or '-'} > {truth.label2 or '-'}"
    if truth.colour1 or truth.colour2:
        true += f" ({truth.colour1 or '-'} > {truth.colour2 or '-'})"
    caption = "CAPTION none"
    if region is not None:
        caption = f"CAPTION {region.change.value}: {region.label1 or '-'} > {region.label2 or '-'}"
        caption += "" if region.kept else " (dropped)"
    wrong = [noun for noun, right in case.score.nouns if not right]
    if wrong:
        caption += f"   not true: {', '.join(wrong)}"
    sentence = textwrap.wrap((region and region.caption) or "", _LETTERS)[:2]
    return [(f"{true}   [{case.pair.name}]", "black"), (caption, _BAD), *((line, "black") for line in sentence)]
