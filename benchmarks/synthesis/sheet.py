"""A sheet of edits: before, after with the detected regions, and the edited pixels outlined; or why there is none."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.synthesis.engines import Outcome
from imgdiff.images import RGB
from services.imaging.arrays import Flags
from services.imaging.masks import decode_mask

_CELL = (340, 260)  # pixels
_TEXT = 40  # pixels of height
_COLUMNS = 2  # of cases
_EDITED, _FOUND, _REFUSED = (0, 200, 80), (255, 60, 60), (190, 0, 0)  # RGB
_FONT = ImageFont.load_default(size=13)


def draw_sheet(outcomes: Sequence[Outcome], path: Path) -> None:
    """Draw two cases in a row, three pictures each."""
    width, height = 3 * (_CELL[0] + 4) + 12, _CELL[1] + _TEXT
    sheet = Image.new("RGB", (_COLUMNS * width, max(1, -(-len(outcomes) // _COLUMNS)) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for number, outcome in enumerate(outcomes):
        left, top = number % _COLUMNS * width + 4, number // _COLUMNS * height
        for place, line in enumerate(_lines(number, outcome)):
            colour = "black" if outcome.is_record else _REFUSED
            pen.text((left, top + 3 + place * 16), line, fill=colour, font=_FONT)
        for place, picture in enumerate(_pictures(outcome)):
            sheet.paste(picture, (left + place * (_CELL[0] + 4), top + _TEXT))
    sheet.save(path)


def _lines(number: int, outcome: Outcome) -> list[str]:
    case = outcome.case
    text = f"{number}: {case.name} {case.operation} {case.target or ''} ({case.size})"
    if outcome.edit is not None:
        text += f" {outcome.edit.before} -> {outcome.edit.after}" + ("" if outcome.is_found else ", not found")
    reasons = (
        f"{one.code} {one.value} (limit {one.threshold})" if one.value is not None else one.code
        for one in outcome.reasons
    )
    return textwrap.wrap(f"{text} {'; '.join(reasons)}", 150)[:2]


def _pictures(outcome: Outcome) -> list[Image.Image]:
    before = outcome.case.image
    if outcome.after is None or outcome.edit is None or outcome.edit.mask is None:
        return [_thumbnail(before)]
    boxed = outcome.after.copy()
    for box in outcome.found:
        cv2.rectangle(boxed, box[:2], box[2:], _FOUND, 1)
    return [_thumbnail(before), _thumbnail(outcome.after), _thumbnail(_outline(boxed, decode_mask(outcome.edit.mask)))]


def _outline(image: RGB, mask: Flags) -> RGB:
    lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(image, lines, -1, _EDITED, 2), np.uint8)


def _thumbnail(image: RGB) -> Image.Image:
    picture = Image.fromarray(image)
    picture.thumbnail(_CELL)
    return picture
