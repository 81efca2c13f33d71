"""Pairs of pages and drawings whose layout, surface or format changes: what is inserted, opened, tinted or encoded."""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from benchmarks.kinds.edits import ADDED, MOVED, RECOLOURED, REMOVED, REPLACED, SAME, Edit, Maker, pair_of, recolour
from benchmarks.kinds.pages import PAGES, to_dark_theme, with_digit
from benchmarks.kinds.scene import Scene, Shape
from benchmarks.kinds.scenes import (
    ACCENTS,
    choose,
    make_map,
    make_page,
    make_people,
    make_seats,
    write_amount,
    write_words,
)
from benchmarks.kinds.truth import KnownChange, MadePair, find_difference
from imgdiff.images import RGB
from imgdiff.records import Box, Change
from imgdiff.whole_pair import PairChangeKind as Whole
from training.nuisances import jpeg

_ROW = 42  # pixels from one row of the page's table to the next
_TOP = 140  # pixels, where its first row is
_DIMMED = 0.6  # of the page's light beside a drawer
_TINTED = RECOLOURED | {Change.CHANGED}


def _row_inserted(rng: np.random.Generator) -> MadePair:
    """A new row; the rows below make room, as one block."""
    page, at = make_page(rng), int(rng.integers(1, 6))
    down = _TOP + _ROW * at
    added = [
        Shape("new", "text", ((240, down),), "#344054", text=write_words(rng, 3)),
        Shape("new", "text", ((620, down),), "#101828", text=write_amount(rng)),
    ]
    other = page
    for row in range(at, 8):
        for part in ("row", "amount", "rule", "icon"):
            other = other.shift(f"{part}{row}", 0, _ROW)
    bottom = _TOP + _ROW * 8
    block = _differing(page, page.over([_cover(236, down, 921, bottom)]))
    moved = KnownChange(block, MOVED, also_at=(block[0], block[1] + _ROW, block[2], block[3] + _ROW))
    new = KnownChange(_differing(other, other.over(added)), ADDED)
    return MadePair("page: row inserted", page.draw(), other.over(added).draw(), (new, moved), drawn=True)


def _cover(x1: int, y1: int, x2: int, y2: int) -> Shape:
    return Shape("cover", "rectangle", ((x1, y1), (x2 - 1, y2 - 1)), "#ffffff")


def _differing(scene1: Scene, scene2: Scene) -> Box:
    box = find_difference(scene1.draw(), scene2.draw(), [(0, 0, scene1.width, scene1.height)])
    if box is None:
        raise ValueError("the scenes do not differ")
    return box


def _menu(rng: np.random.Generator) -> MadePair:
    """A menu drops over the table."""
    page, left, top = make_page(rng), 240 + int(rng.integers(340)), 90 + int(rng.integers(120))
    menu = [Shape("menu", "rectangle", ((left, top), (left + 199, top + 179)), "#ffffff", "#98a2b3")]
    menu += [
        Shape(f"menu/{row}", "text", ((left + 16, top + 14 + 32 * row),), "#101828", text=write_words(rng, 2))
        for row in range(5)
    ]
    return pair_of("page: menu", page, page.over(menu), Edit("menu", ADDED))


def _drawer(rng: np.random.Generator) -> MadePair:
    """A drawer comes in from the right over the dimmed page, or goes."""
    page = make_page(rng)
    drawer = [_cover(600, 0, 960, 640)]
    drawer += [
        Shape(f"cover/{row}", "text", ((630, 60 + 40 * row),), "#101828", text=write_words(rng, 3)) for row in range(6)
    ]
    dimmed = np.rint(page.draw() * _DIMMED).astype(np.uint8)
    dimmed[:, 600:] = page.over(drawer).draw()[:, 600:]
    images, change = [page.draw(), dimmed], ADDED
    if rng.random() < 0.5:
        images, change = images[::-1], REMOVED
    may = frozenset({Whole.BRIGHTNESS, Whole.COLOURS})
    known = KnownChange((600, 0, 960, 640), change)
    kind = "page: drawer over dimmed page"
    return MadePair(kind, images[0], images[1], (known,), may_state=may, drawn=True)


def _highlighted(rng: np.random.Generator) -> MadePair:
    """A row of the table gets a tint of a few levels."""
    page, row = make_page(rng), int(rng.integers(8))
    stripe = replace(_cover(236, _TOP - 10 + _ROW * row, 920, _TOP + 28 + _ROW * row), name="stripe")
    plain = replace(page, shapes=(stripe, *page.shapes))
    tinted = recolour(plain, "stripe", choose(rng, ["#fffbe6", "#f0f9ff", "#f3f4f6", "#fef2f2"]))
    return pair_of("page: row tinted", plain, tinted, Edit("stripe", _TINTED))


def _few_levels(rng: np.random.Generator) -> MadePair:
    """The paper of the page changes by 2 to 10 levels."""
    page = make_page(rng)
    other = replace(page, paper=choose(rng, ["#fafafa", "#fcfcfc", "#f8fafc", "#fffdf5"]))
    known = KnownChange(_differing(page, other), _TINTED)
    may = frozenset({Whole.COLOURS, Whole.BRIGHTNESS, Whole.COLOUR_CAST})
    return MadePair("page: paper by few levels", page.draw(), other.draw(), (known,), may_state=may, drawn=True)


def _mirrored(rng: np.random.Generator) -> MadePair:
    page = make_page(rng).draw()
    other = np.ascontiguousarray(page[:, ::-1])
    return MadePair(
        "page: mirrored", page, other, pair_changes=frozenset({Whole.MIRRORED}), everywhere=True, drawn=True
    )


def _theme_and_digit(rng: np.random.Generator) -> MadePair:
    """The dark theme, and one digit of an amount."""
    page = make_page(rng)
    other, name = with_digit(rng, page)
    pair = pair_of("page: theme and digit", page, other, Edit(name, REPLACED, texts=True))
    return replace(pair, image2=to_dark_theme(other).draw(), pair_changes=frozenset({Whole.COLOURS}))


def _compressed_digit(rng: np.random.Generator) -> MadePair:
    """One digit, both pages saved as JPEG."""
    pair = PAGES["text: digit"](rng)
    save = jpeg(80)
    return replace(pair, kind="text: digit, jpeg", image1=save(pair.image1), image2=save(pair.image2))


def _webp(rng: np.random.Generator) -> MadePair:
    page = make_page(rng).draw()
    may = frozenset({Whole.RECOMPRESSED})
    return MadePair("page: webp", page, _as_webp(page), may_state=may, verdicts=SAME, drawn=True)


def _as_webp(image: RGB) -> RGB:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "WEBP", quality=80)
    return np.asarray(Image.open(out).convert("RGB"))


def _seats(rng: np.random.Generator) -> MadePair:
    """Seats are taken, two of them neighbours."""
    seats = make_seats(rng)
    first = int(rng.integers(100))
    names = [f"seat{first}", f"seat{first + 1}", f"seat{int(rng.integers(110, 140))}"]
    return _recoloured("seats taken", seats, names, "#dc2626")


def _recoloured(kind: str, scene: Scene, names: Sequence[str], fill: str) -> MadePair:
    other = scene
    for name in names:
        other = recolour(other, name, fill)
    return pair_of(kind, scene, other, *(Edit(name, RECOLOURED) for name in names))


def _route(rng: np.random.Generator) -> MadePair:
    """A route is drawn over a map."""
    plan = make_map(rng)
    points = tuple((float(x), float(rng.integers(60, 400))) for x in range(90, 700, 150))
    line = Shape("route", "line", points, choose(rng, ["#2563eb", "#dc2626", "#7c3aed"]), width=6)
    return pair_of("map: route", plan, plan.over([line]), Edit("route", ADDED))


def _hat(rng: np.random.Generator) -> MadePair:
    """A hat on a head, both pictures saved as JPEG."""
    people, person = make_people(rng), int(rng.integers(3))
    head = next(shape for shape in people.named(f"person{person}/head"))
    (left, top), (right, _) = head.points
    brim = Shape("hat", "rectangle", ((left - 14, top + 2), (right + 14, top + 12)), choose(rng, ACCENTS))
    crown = replace(brim, points=((left + 8, top - 44), (right - 8, top + 4)))
    pair = pair_of("line art: hat added", people, people.over([brim, crown]), Edit("hat", ADDED))
    save = jpeg(85)
    return replace(pair, image1=save(pair.image1), image2=save(pair.image2))


LAYOUTS: dict[str, Maker] = {
    "page: row inserted": _row_inserted,
    "page: menu": _menu,
    "page: drawer over dimmed page": _drawer,
    "page: row tinted": _highlighted,
    "page: paper by few levels": _few_levels,
    "page: mirrored": _mirrored,
    "page: theme and digit": _theme_and_digit,
    "page: webp": _webp,
    "text: digit, jpeg": _compressed_digit,
    "seats taken": _seats,
    "map: route": _route,
    "line art: hat added": _hat,
}
