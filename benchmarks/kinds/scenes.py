"""Drawn scenes of every kind, different for every generator: a page, a document, a chart, a map, line art, a board."""

from collections.abc import Callable

import numpy as np

from benchmarks.kinds.scene import Scene, Shape

_VOCABULARY = """account balance booking budget change client contract customer date delivery detail entry export filter
folder history import invoice item label manager member message month network number office order overview package
payment people period place plan price product profile project quarter region report request result review sales
schedule search server service settings status storage summary support system table team total transfer update
user version week window worker"""
_NAMES = "Alder Birch Cedar Dover Elm Foxton Grange Hazel Ivel Juniper Kirby Linden Marlow Norton Oakley"
_WORDS, _TOWNS = _VOCABULARY.split(), _NAMES.split()
ACCENTS = ("#2563eb", "#0d6efd", "#198754", "#dc2626", "#7c3aed", "#f97316")
SKIES, FIELDS = ("#aad3df", "#9ecae1", "#b3d1ff"), ("#cdebb0", "#d4e8c0", "#e6efd8")
_CLOTHES = ("#3b5bdb", "#c92a2a", "#2b8a3e", "#e8590c", "#862e9c", "#f2c94c")


def choose(rng: np.random.Generator, choices: tuple[str, ...] | list[str]) -> str:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


def write_words(rng: np.random.Generator, count: int) -> str:
    """A line of words."""
    return " ".join(choose(rng, _WORDS) for _ in range(count)).capitalize()


def write_amount(rng: np.random.Generator) -> str:
    """An amount of money with a thousands separator."""
    return f"{int(rng.integers(1000, 99000)):,}"


def make_page(rng: np.random.Generator) -> Scene:
    """A web page with a header, a sidebar, a table of amounts, buttons and icons."""
    accent = choose(rng, ACCENTS)
    shapes = [
        _rectangle("header", 0, 0, 960, 56, accent),
        _text("header/title", 20, 16, write_words(rng, 2), "#ffffff", 22),
        _rectangle("sidebar", 0, 57, 200, 640, "#eef1f5"),
    ]
    shapes += [_text(f"entry{row}", 22, 80 + 34 * row, write_words(rng, 2), "#344054") for row in range(7)]
    shapes.append(_text("heading", 236, 80, write_words(rng, 3), "#101828", 26))
    for row in range(8):
        down = 140 + 42 * row
        shapes += [
            _text(f"row{row}", 240, down, write_words(rng, 3), "#344054"),
            _text(f"amount{row}", 620, down, write_amount(rng), "#101828"),
            Shape(f"rule{row}", "line", ((236, down + 29), (920, down + 29)), "#d0d5dd"),
            Shape(f"icon{row}", "ellipse", ((860, down), (876, down + 16)), choose(rng, ACCENTS)),
        ]
    for number, left in enumerate((236, 396)):
        shapes.append(_rectangle(f"button{number}", left, 540, left + 140, 580, accent))
        shapes.append(_text(f"label{number}", left + 22, 551, write_words(rng, 1), "#ffffff"))
    return Scene(960, 640, "#ffffff", tuple(shapes))


def make_dialog(rng: np.random.Generator) -> list[Shape]:
    """A dialog in the middle of a page."""
    return [
        Shape("dialog", "rectangle", ((300, 200), (680, 440)), "#ffffff", "#98a2b3"),
        _text("dialog/title", 324, 222, write_words(rng, 3), "#101828", 20),
        _text("dialog/line1", 324, 270, write_words(rng, 5), "#475467"),
        _text("dialog/line2", 324, 296, write_words(rng, 4), "#475467"),
        _rectangle("dialog/button", 560, 386, 656, 418, "#2563eb"),
        _text("dialog/label", 584, 393, "Close", "#ffffff"),
    ]


def make_document(rng: np.random.Generator) -> Scene:
    """A letter at about 100 dpi with paragraphs and a list of amounts."""
    shapes = [_text("heading", 80, 70, write_words(rng, 4), "#111111", 26)]
    shapes += [_text(f"line{row}", 80, 130 + 24 * row, write_words(rng, 8), "#111111", 16) for row in range(9)]
    for row in range(6):
        down = 380 + 32 * row
        shapes.append(_text(f"row{row}", 80, down, write_words(rng, 3), "#111111", 16))
        shapes.append(_text(f"amount{row}", 560, down, write_amount(rng), "#111111", 16))
    shapes += [_text(f"end{row}", 80, 610 + 24 * row, write_words(rng, 7), "#111111", 16) for row in range(6)]
    return Scene(760, 820, "#ffffff", tuple(shapes))


def make_chart(rng: np.random.Generator) -> Scene:
    """A bar chart with axes, grid, labels and a legend."""
    shapes = [_text("title", 250, 16, write_words(rng, 3), "#222222", 20)]
    for step in range(6):
        down = 420 - 66 * step
        shapes.append(Shape(f"grid{step}", "line", ((70, down), (640, down)), "#dddddd"))
        shapes.append(_text(f"tick{step}", 30, down - 8, f"{step * 20}", "#444444", 13))
    colours = [ACCENTS[index] for index in rng.permutation(len(ACCENTS))[:2]]
    for group in range(6):
        for series, colour in enumerate(colours):
            left, top = 90 + 92 * group + 32 * series, 420 - int(rng.integers(60, 300))
            shapes.append(_rectangle(f"bar{group}{series}", left, top, left + 28, 420, colour))
        shapes.append(_text(f"name{group}", 92 + 92 * group, 428, choose(rng, _WORDS)[:7], "#444444", 13))
    for series, colour in enumerate(colours):
        shapes.append(_rectangle(f"legend{series}/key", 670, 80 + 30 * series, 686, 96 + 30 * series, colour))
        shapes.append(_text(f"legend{series}/name", 694, 80 + 30 * series, choose(rng, _WORDS), "#444444", 13))
    return Scene(800, 480, "#ffffff", tuple(shapes), smooth=True)


def make_map(rng: np.random.Generator) -> Scene:
    """A street map with water, fields, roads, houses, symbols and names."""
    water, field = choose(rng, SKIES), choose(rng, FIELDS)
    shore = tuple((float(x), float(430 + rng.integers(-25, 25))) for x in range(0, 801, 100))
    shapes = [Shape("water", "polygon", ((0, 560), *shore, (800, 560)), water)]
    for number in range(3):
        left, top = 40 + 250 * number + int(rng.integers(40)), 40 + int(rng.integers(60))
        shapes.append(_rectangle(f"field{number}", left, top, left + 150, top + 110, field))
    for number in range(7):
        start, end = (float(rng.integers(0, 400)) for _ in range(2))
        shapes.append(
            Shape(f"road{number}", "line", ((0, start), (400, (start + end) / 2), (800, end)), "#ffffff", width=6)
        )
    for number in range(12):
        left, top = 40 + 62 * number, 200 + int(rng.integers(180))
        shapes.append(_rectangle(f"house{number}", left, top, left + 26, top + 20, "#d9d0c9"))
    for number, name in enumerate(rng.permutation(_TOWNS)[:8]):
        left, top = 30 + 190 * (number % 4), 60 + 200 * (number // 4) + int(rng.integers(90))
        shapes.append(_text(f"town{number}", left, top, str(name), "#333333", 16))
    for number in range(6):
        left, top = 60 + 120 * number, 160 + int(rng.integers(200))
        shapes.append(Shape(f"sign{number}", "ellipse", ((left, top), (left + 14, top + 14)), "#c0392b"))
    return Scene(800, 560, "#f2efe9", tuple(shapes), smooth=True)


def make_people(rng: np.random.Generator) -> Scene:
    """A flat drawing of three people with outlines."""
    shapes = [Shape("floor", "line", ((40, 470), (760, 470)), "#868e96", width=2)]
    for number in range(3):
        middle, top = 150 + 250 * number, 120 + int(rng.integers(40))
        skin, hair = choose(rng, ["#f1c9a5", "#c68642", "#8d5524"]), choose(rng, ["#3b2f2f", "#b07d48", "#5c4033"])
        torso = ((middle - 55, top + 90), (middle + 55, top + 90), (middle + 70, top + 230), (middle - 70, top + 230))
        name = f"person{number}"
        shapes += [
            Shape(f"{name}/head", "ellipse", ((middle - 40, top), (middle + 40, top + 86)), skin, "#212529", 2),
            Shape(
                f"{name}/hair", "polygon", ((middle - 40, top + 30), (middle, top - 14), (middle + 40, top + 30)), hair
            ),
            Shape(f"{name}/shirt", "polygon", torso, choose(rng, _CLOTHES), "#212529", 2),
            *(
                Shape(
                    f"{name}/leg{side}",
                    "line",
                    ((middle + side * 30, top + 230), (middle + side * 34, 468)),
                    "#343a40",
                    width=16,
                )
                for side in (-1, 1)
            ),
        ]
    return Scene(800, 520, "#ffffff", tuple(shapes), smooth=True)


def make_board(rng: np.random.Generator) -> Scene:
    """A circuit board as an inspection camera sees it: traces, pads and holes on green."""
    shapes = []
    for number in range(8):
        down = 50 + 55 * number
        bend = int(rng.integers(150, 450))
        points = ((30, down), (bend, down), (bend + 26, down + 26), (610, down + 26))
        shapes.append(Shape(f"trace{number}", "line", points, "#b8b04a", width=7))
        for end, (x, y) in enumerate((points[0], points[-1])):
            shapes.append(Shape(f"pad{number}{end}", "ellipse", ((x - 12, y - 12), (x + 12, y + 12)), "#c9c26a"))
            shapes.append(Shape(f"hole{number}{end}", "ellipse", ((x - 5, y - 5), (x + 5, y + 5)), "#12301d"))
    return Scene(640, 520, "#1f5c36", tuple(shapes), smooth=True)


def make_swatches(rng: np.random.Generator) -> Scene:
    """28 separate swatches in four rows."""
    places = [(40 + 90 * column, 40 + 90 * row) for row in range(4) for column in range(7)]
    shapes = [_rectangle(f"swatch{n}", x, y, x + 30, y + 30, "#9ca3af") for n, (x, y) in enumerate(places)]
    return Scene(680, 380, choose(rng, ["#ffffff", "#f8f9fa"]), tuple(shapes))


def make_seats(rng: np.random.Generator) -> Scene:
    """A plan of 140 free seats, 12 pixels apart."""
    places = [(40 + 32 * column, 40 + 32 * row) for row in range(10) for column in range(14)]
    shapes = [_rectangle(f"seat{n}", x, y, x + 20, y + 20, "#16a34a") for n, (x, y) in enumerate(places)]
    return Scene(520, 400, choose(rng, ["#ffffff", "#f8fafc"]), tuple(shapes))


SCENES: dict[str, Callable[[np.random.Generator], Scene]] = {
    "page": make_page,
    "document": make_document,
    "chart": make_chart,
    "map": make_map,
    "people": make_people,
    "board": make_board,
}


def _rectangle(name: str, x1: float, y1: float, x2: float, y2: float, fill: str) -> Shape:
    return Shape(name, "rectangle", ((x1, y1), (x2 - 1, y2 - 1)), fill)


def _text(name: str, x: float, y: float, text: str, fill: str, size: int = 15) -> Shape:
    return Shape(name, "text", ((x, y),), fill, text=text, size=size)
