"""A sheet of the worst answers: both images, true boxes green, reported ones red, truth and answer below."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.kinds.judging import Judgement
from imgdiff.images import RGB
from imgdiff.records import Box

_CELL = (380, 290)  # pixels of one image
_TEXT = 88  # pixels below
_COLUMNS = 2
_LETTERS = 108  # a line
_TRUE, _SAID = (0, 170, 70), (230, 40, 40)
_FONT = ImageFont.load_default(size=13)


def choose_worst(judgements: Sequence[Judgement], count: int) -> list[Judgement]:
    """The worst of every kind in turn."""
    seen: Counter[str] = Counter()
    ranked = []
    for one in sorted((one for one in judgements if one.badness), key=lambda one: -one.badness):
        seen[one.pair.kind] += 1
        ranked.append((seen[one.pair.kind], one))
    return [one for _, one in sorted(ranked, key=lambda item: item[0])[:count]]


def draw_sheet(judgements: Sequence[Judgement], path: Path) -> None:
    """Draw two answers a row."""
    size = 2 * _CELL[0] + 12, _CELL[1] + _TEXT
    sheet = Image.new("RGB", (_COLUMNS * size[0], max(1, -(-len(judgements) // _COLUMNS)) * size[1]), "white")
    pen = ImageDraw.Draw(sheet)
    for number, one in enumerate(judgements):
        left, top = number % _COLUMNS * size[0], number // _COLUMNS * size[1]
        true1 = [box for known in one.pair.changes for box in (known.box, known.also_at) if box]
        true2 = [known.box2 for known in one.pair.changes if known.box2]
        sheet.paste(_panel(one.pair.image1, true1, [region.box for region in one.kept if region.box]), (left, top))
        said2 = [region.box2 for region in one.kept if region.box2]
        sheet.paste(_panel(one.pair.image2, true2, said2), (left + _CELL[0] + 4, top))
        for place, (text, colour) in enumerate(_lines(one)):
            pen.text((left + 4, top + _CELL[1] + 2 + place * 16), text, colour, _FONT)
    sheet.save(path)


def _panel(image: RGB, true: Sequence[Box], said: Sequence[Box]) -> Image.Image:
    picture = Image.fromarray(image)
    scale = min(_CELL[0] / picture.width, _CELL[1] / picture.height)
    small = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    pen = ImageDraw.Draw(small)
    for colour, boxes, width in ((_TRUE, true, 3), (_SAID, said, 1)):
        for box in boxes:
            pen.rectangle([value * scale for value in box], outline=colour, width=width)
    return small


def _lines(one: Judgement) -> list[tuple[str, str | tuple[int, int, int]]]:
    changes = Counter("/".join(sorted(known.changes)) for known in one.pair.changes)
    true = ", ".join([*(f"{count} {what}" for what, count in changes.items()), *sorted(one.pair.pair_changes)])
    codes = ", ".join(reason.code for reason in one.record.reasons)
    said = f"{one.record.verdict} ({len(one.kept)} regions) {codes}"
    text = textwrap.wrap(one.record.caption or "", _LETTERS)[:3]
    head = f"{one.pair.kind}   TRUE: {true or 'nothing'}"
    return [(head, _TRUE), (said, _SAID), *((line, "black") for line in text)]
