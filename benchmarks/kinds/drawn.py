"""Pairs of swatches, charts, maps, line art and boards, unchanged and changed, and all drawn pairs by kind."""

from dataclasses import replace

import cv2
import numpy as np

from benchmarks.kinds.edits import (
    ADDED,
    RECOLOURED,
    REMOVED,
    REPLACED,
    RESHAPED,
    SAME,
    Edit,
    Maker,
    other_than,
    pair_of,
    recolour,
    retype,
)
from benchmarks.kinds.layouts import LAYOUTS
from benchmarks.kinds.pages import PAGES
from benchmarks.kinds.scene import Shape
from benchmarks.kinds.scenes import (
    ACCENTS,
    FIELDS,
    SKIES,
    choose,
    make_board,
    make_chart,
    make_map,
    make_people,
    make_swatches,
    write_words,
)
from benchmarks.kinds.truth import MadePair
from imgdiff.images import RGB


def _swatches(rng: np.random.Generator) -> MadePair:
    plain = make_swatches(rng)
    names = [shape.name for shape in plain.shapes]
    other = plain
    for name in names:
        other = recolour(other, name, choose(rng, ACCENTS))
    return pair_of("swatches recoloured", plain, other, *(Edit(name, RECOLOURED) for name in names))


def _bars(rng: np.random.Generator) -> MadePair:
    chart, name = make_chart(rng), f"bar{int(rng.integers(6))}{int(rng.integers(2))}"

    def grow(shape: Shape) -> Shape:
        (left, top), end = shape.points
        return replace(shape, points=((left, top - 80 if top > 180 else top + 80), end))

    return pair_of("chart: bar changed", chart, chart.edit(name, grow), Edit(name, RESHAPED | ADDED | REMOVED))


def _series(rng: np.random.Generator) -> MadePair:
    chart = make_chart(rng)
    fill = other_than(rng, ACCENTS, chart.named("bar00")[0].fill)
    names = [f"bar{group}0" for group in range(6)]
    other = chart
    for name in names:
        other = recolour(other, name, fill)
    return pair_of("chart: series recoloured", chart, other, *(Edit(name, RECOLOURED) for name in names))


def _legend(rng: np.random.Generator) -> MadePair:
    chart = make_chart(rng)
    return pair_of("chart: legend removed", chart, chart.without("legend0"), Edit("legend0", REMOVED))


def _towns(rng: np.random.Generator) -> MadePair:
    plan = make_map(rng)
    names = [f"town{number}" for number in rng.permutation(8)[:2]]
    other = plan
    for name in names:
        other = retype(other, name, write_words(rng, 1))
    return pair_of("map: names", plan, other, *(Edit(name, REPLACED, texts=True) for name in names))


def _signs(rng: np.random.Generator) -> MadePair:
    plan = make_map(rng)
    names = [f"sign{number}" for number in rng.permutation(6)[:2]]
    less = plan.without(names[0]).without(names[1])
    return pair_of("map: symbols added", less, plan, *(Edit(name, ADDED) for name in names))


def _field(rng: np.random.Generator) -> MadePair:
    plan, name = make_map(rng), f"field{int(rng.integers(3))}"
    fill = choose(rng, ["#f5c6cb", "#ffe8a3", *SKIES[:1]])
    before = recolour(plan, name, choose(rng, FIELDS))
    return pair_of("map: field recoloured", before, recolour(before, name, fill), Edit(name, RECOLOURED))


def _shirt(rng: np.random.Generator) -> MadePair:
    people, name = make_people(rng), f"person{int(rng.integers(3))}/shirt"
    fill = other_than(rng, ("#495057", "#1971c2", "#e03131", "#f59f00"), people.named(name)[0].fill)
    return pair_of("line art: shirt recoloured", people, recolour(people, name, fill), Edit(name, RECOLOURED))


def _person(rng: np.random.Generator) -> MadePair:
    people, name = make_people(rng), f"person{int(rng.integers(3))}"
    return pair_of("line art: person removed", people, people.without(name), Edit(name, REMOVED))


def _hole(rng: np.random.Generator) -> MadePair:
    board, name = make_board(rng), f"hole{int(rng.integers(8))}{int(rng.integers(2))}"
    return _inspected(pair_of("board: hole missing", board, board.without(name), Edit(name, REMOVED)), rng)


def _spur(rng: np.random.Generator) -> MadePair:
    board, row = make_board(rng), int(rng.integers(7))
    left, down = 60 + int(rng.integers(60)), 50 + 55 * row
    spur = Shape("spur", "line", ((left, down), (left, down + 14)), "#b8b04a", width=5)
    return _inspected(pair_of("board: spur added", board, board.over([spur]), Edit("spur", ADDED)), rng)


def _inspected(pair: MadePair, rng: np.random.Generator) -> MadePair:
    """Both sides as one camera sees them: softened, with grain."""

    def see(image: RGB) -> RGB:
        soft = cv2.GaussianBlur(image, (0, 0), 0.8)
        return np.rint((soft + rng.normal(0, 3, image.shape)).clip(0, 255)).astype(np.uint8)

    return replace(pair, image1=see(pair.image1), image2=see(pair.image2), drawn=False)


def _board_again(rng: np.random.Generator) -> MadePair:
    board = make_board(rng).draw()
    return _inspected(MadePair("board: again", board, board, verdicts=SAME), rng)


DRAWN: dict[str, Maker] = {
    **PAGES,
    "swatches recoloured": _swatches,
    "chart: bar changed": _bars,
    "chart: series recoloured": _series,
    "chart: legend removed": _legend,
    "map: names": _towns,
    "map: symbols added": _signs,
    "map: field recoloured": _field,
    "line art: shirt recoloured": _shirt,
    "line art: person removed": _person,
    "board: again": _board_again,
    "board: hole missing": _hole,
    "board: spur added": _spur,
    **LAYOUTS,
}
