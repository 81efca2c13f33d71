"""Draw a record: the pair side by side, kept regions boxed and numbered, their captions below."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from imgdiff.images import RGB
from imgdiff.records import Box, Record, Region
from imgdiff.views.places import find_box2

MEDIA_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}

# In pixels; chosen, not measured.
_PANEL = 720  # longest side of one image
_SMALLEST = 240  # longest side to which smaller images are enlarged
_MARGIN, _GAP, _LINE = 24, 16, 26  # around the sheet, between the images, of a line of text
_INK, _SOFT, _PAPER = (28, 30, 33), (105, 111, 119), (255, 255, 255)  # RGB
# RGB, after Okabe and Ito's palette for colour-blind readers.
_COLOURS = ((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (176, 137, 0), (86, 120, 233))


@dataclass(frozen=True)
class _Item:
    number: int
    region: Region
    colour: tuple[int, int, int]

    def describe(self, headline: str) -> str:
        """Its sentence, unless the headline says the same, its kind of change, and how sure that is."""
        text = "" if self.region.caption == headline else self.region.caption or "No sentence."
        sure = "" if self.region.confidence is None else f", {self.region.confidence:.0%} sure"
        facts = f"{self.region.change}{sure}"
        return f"{text} ({facts})" if text else facts.capitalize()


def draw_preview(record: Record, image1: RGB, image2: RGB) -> Image.Image:
    """The picture of a record; the images are the record's, (H, W, 3) uint8 RGB."""
    kept = [region for region in record.regions if region.kept]
    items = [_Item(at + 1, region, _COLOURS[at % len(_COLOURS)]) for at, region in enumerate(kept)]
    panels = (
        _panel(image1, [(item, item.region.box) for item in items]),
        _panel(image2, [(item, find_box2(record, item.region)) for item in items]),
    )
    width = max(sum(panel.width for panel in panels) + _GAP, 2 * _SMALLEST + _GAP)
    headline = _wrap(record.caption or f"Verdict: {record.verdict}.", _font(20), width)
    legend = [(item, _wrap(item.describe(record.caption or ""), _font(17), width - 40)) for item in items]
    lines = len(headline) + sum(len(text) for _, text in legend)
    top = _MARGIN + _LINE
    bottom = top + max(panel.height for panel in panels) + _GAP
    height = bottom + lines * _LINE + 8 * len(legend) + 8 + _MARGIN
    sheet = Image.new("RGB", (width + 2 * _MARGIN, height), _PAPER)
    left = _MARGIN
    for title, panel in zip(("Before", "After"), panels, strict=True):
        ImageDraw.Draw(sheet).text((left, _MARGIN - 4), title, _SOFT, _font(16))
        sheet.paste(panel, (left, top))
        left += panel.width + _GAP
    _write(sheet, bottom, headline, legend)
    return sheet


def encode(picture: Image.Image, media_type: str) -> bytes:
    """Encode the picture in one of MEDIA_TYPES."""
    out = io.BytesIO()
    match MEDIA_TYPES[media_type]:
        case "PNG":
            picture.save(out, "PNG", compress_level=3)
        case other:
            picture.save(out, other, quality=90)
    return out.getvalue()


def _write(sheet: Image.Image, top: int, headline: list[str], legend: list[tuple[_Item, list[str]]]) -> None:
    draw = ImageDraw.Draw(sheet)
    for text in headline:
        draw.text((_MARGIN, top), text, _INK, _font(20))
        top += _LINE
    top += 8
    for item, texts in legend:
        _badge(draw, (_MARGIN, top - 1), item)
        for text in texts:
            draw.text((_MARGIN + 36, top), text, _INK, _font(17))
            top += _LINE
        top += 8


def _panel(image: RGB, places: list[tuple[_Item, Box | None]]) -> Image.Image:
    boxes = [(item, box) for item, box in places if box is not None]
    height, width = image.shape[:2]
    longest = max(width, height)
    scale = min(_PANEL, max(longest, _SMALLEST)) / longest
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    smooth = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    panel = Image.fromarray(image).resize(size, smooth)
    draw = ImageDraw.Draw(panel)
    for item, box in boxes:
        x1, y1, x2, y2 = (round(edge * scale) for edge in box)
        draw.rectangle((x1 - 2, y1 - 2, x2 + 1, y2 + 1), outline=_PAPER, width=5)  # a halo, for busy backgrounds
        draw.rectangle((x1 - 1, y1 - 1, x2, y2), outline=item.colour, width=3)
    for item, box in boxes:  # numbers on top of every box
        x1, y1 = round(box[0] * scale), round(box[1] * scale)
        inside = (min(max(x1 - 12, 0), panel.width - 24), min(max(y1 - 12, 0), panel.height - 24))
        _badge(draw, inside, item)
    return panel


def _badge(draw: ImageDraw.ImageDraw, at: tuple[int, int], item: _Item) -> None:
    x, y = at
    draw.ellipse((x, y, x + 23, y + 23), fill=item.colour, outline=_PAPER, width=2)
    draw.text((x + 12, y + 12), str(item.number), _PAPER, _font(14), anchor="mm")


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
