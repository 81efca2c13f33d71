"""`sample.html`: the records of the sample with their images, boxes and sentences, in one file without a network."""

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from PIL import Image

from gateway.exports.splits import split_of
from imgdiff.images import RGB
from imgdiff.records import Record, Region
from imgdiff.views.sides import Place, views_of

_LONGEST = 640  # pixels of a picture's longer side: sharp at its width on the page
_QUALITY = 85  # of JPEG: ten pairs of photos have about 2 MB; chosen, not measured
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b08900", "#5678e9")  # after Okabe and Ito's palette
_BADGE = 0.028  # of the image's longer side: radius of a number; chosen, not measured
_TEMPLATE = Template((files("gateway.exports.companions") / "page.html").read_text("utf-8"))


def write_page(title: str, introduction: str, pairs: Iterable[tuple[Record, tuple[RGB, RGB]]]) -> str:
    """The page of records with their two images, each (H, W, 3) uint8."""
    articles = "\n".join(_write_pair(record, images) for record, images in pairs)
    return _TEMPLATE.substitute(title=escape(title), introduction=escape(introduction), pairs=articles)


def _write_pair(record: Record, images: tuple[RGB, RGB]) -> str:
    views = zip(views_of(record), images, strict=True)
    figures = "".join(_draw_side(view.side, view.kept, pixels) for view, pixels in views)
    kept = [(at, region) for at, region in enumerate(record.regions) if region.kept]
    legend = "\n".join(_write_region(at, region) for at, region in kept)
    title = record.caption or f"Verdict: {record.verdict}."
    return (
        f"<article>\n<h2>{escape(title)}</h2>\n<div class='pair'>{figures}</div>\n"
        + (f"<ol>\n{legend}\n</ol>\n" if kept else "")
        + f"<p class='about'>{' · '.join(_describe(record))}<br><code>{escape(record.id)}</code></p>\n</article>"
    )


def _describe(record: Record) -> Iterator[str]:
    edit = record.source.edit
    yield escape(record.verdict if record.confidence is None else f"{record.verdict} ({record.confidence:.0%})")
    yield record.source.kind if edit is None else f"synthesis: {escape(edit.operation)}, seed {edit.seed}"
    yield f"split {split_of(record)}"
    if record.reasons:
        yield ", ".join(escape(reason.code) for reason in record.reasons)
    if record.question is not None:
        yield f"question: {escape(record.question.text)} {record.question.answer}"


def _write_region(at: int, region: Region) -> str:
    nouns = " → ".join(escape(noun) if noun else "–" for noun in (region.label1, region.label2))
    facts = [escape(region.change), nouns] if region.label1 or region.label2 else [escape(region.change)]
    if region.check is not None:
        facts.append(escape(region.check.outcome))
    if region.confidence is not None:
        facts.append(f"confidence {region.confidence:.0%}")
    sentence = escape(region.caption or f"Something {region.change} here.")
    badge = f"<span style='background:{_colour(at)}'>{at + 1}</span>"
    return f"<li>{badge}<span>{sentence} <small>{' · '.join(facts)}</small></span></li>"


def _draw_side(side: str, places: Sequence[Place], pixels: RGB) -> str:
    height, width = pixels.shape[:2]
    picture = f"<image width='{width}' height='{height}' href='data:image/jpeg;base64,{_encode(pixels)}'/>"
    boxes = "".join(_draw_box(place) for place in places)
    badges = "".join(_draw_badge(place, width, height) for place in places)
    return (
        f"<figure><svg viewBox='0 0 {width} {height}' role='img' aria-label='{side}'>{picture}{boxes}{badges}</svg>"
        f"<figcaption>{side.capitalize()}, {width} × {height}</figcaption></figure>"
    )


def _draw_box(place: Place) -> str:
    x1, y1, x2, y2 = place.box
    frame = f"x='{x1}' y='{y1}' width='{x2 - x1}' height='{y2 - y1}'"
    return f"<rect class='halo' {frame}/><rect {frame} stroke='{_colour(place.index)}'/>"


def _draw_badge(place: Place, width: int, height: int) -> str:
    radius = max(width, height) * _BADGE
    x = min(max(place.box[0], radius), width - radius)
    y = min(max(place.box[1], radius), height - radius)
    text = f"font-size='{1.2 * radius:.1f}' font-weight='600' text-anchor='middle' dominant-baseline='central'"
    return (
        f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius:.1f}' fill='{_colour(place.index)}' stroke='#fff' "
        f"stroke-width='{radius / 6:.1f}'/><text x='{x:.1f}' y='{y:.1f}' fill='#fff' {text}>{place.index + 1}</text>"
    )


def _colour(at: int) -> str:
    return _COLOURS[at % len(_COLOURS)]


def _encode(pixels: RGB) -> str:
    picture = Image.fromarray(pixels)
    picture.thumbnail((_LONGEST, _LONGEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return base64.b64encode(out.getvalue()).decode()
