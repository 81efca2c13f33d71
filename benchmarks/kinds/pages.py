"""Pairs of pages and documents, unchanged and changed, by kind."""

from dataclasses import replace

import numpy as np

from benchmarks.kinds.captures import scan
from benchmarks.kinds.edits import (
    ADDED,
    MOVED,
    RECOLOURED,
    REMOVED,
    REPLACED,
    SAME,
    Edit,
    Maker,
    other_than,
    pair_of,
    recolour,
    retype,
)
from benchmarks.kinds.scene import Scene, Shape
from benchmarks.kinds.scenes import ACCENTS, choose, make_dialog, make_document, make_page, write_words
from benchmarks.kinds.truth import KnownChange, MadePair, find_difference
from imgdiff.records import Box, Change, Verdict
from imgdiff.whole_pair import PairChangeKind as Whole
from training.nuisances import jpeg

_DARK = {"#ffffff": "#101418", "#eef1f5": "#1b2128", "#101828": "#f2f4f7", "#344054": "#d0d5dd", "#d0d5dd": "#344054"}
_DIMMED = 0.5  # of the page's light below a dialog, as Bootstrap's backdrop; Material's leaves .68


def _change_digit(rng: np.random.Generator, text: str) -> str:
    """The amount with its second digit changed."""
    return f"{text[0]}{choose(rng, [digit for digit in '0123456789' if digit != text[1]])}{text[2:]}".replace(",,", ",")


def with_digit(rng: np.random.Generator, scene: Scene) -> tuple[Scene, str]:
    """The scene with one digit of an amount changed, and the name of that amount."""
    rows = [shape for shape in scene.shapes if shape.name.startswith("amount") and shape.text[1] != ","]
    chosen = rows[int(rng.integers(len(rows)))] if rows else scene.named("amount0")[0]
    text = _change_digit(rng, chosen.text) if rows else f"{(int(chosen.text[0]) + 4) % 9 + 1}{chosen.text[1:]}"
    return retype(scene, chosen.name, text), chosen.name


def _unchanged(rng: np.random.Generator) -> MadePair:
    page = make_page(rng).draw()
    return MadePair(
        "page: jpeg", page, jpeg(70)(page), may_state=frozenset({Whole.RECOMPRESSED}), verdicts=SAME, drawn=True
    )


def _twice_as_large(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    both = page.draw(), page.draw(2)
    pair = MadePair("page: scaled 2x", *both, pair_changes=frozenset({Whole.SCALED}), drawn=True)
    return replace(pair, verdicts=frozenset({Verdict.SAME}))


def _other_theme(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    dark, whole = to_dark_theme(page), frozenset({Whole.COLOURS})
    return MadePair("page: theme", page.draw(), dark.draw(), pair_changes=whole, everywhere=True, drawn=True)


def to_dark_theme(page: Scene) -> Scene:
    """The same layout in the dark theme's colours."""
    shapes = tuple(replace(shape, fill=_DARK.get(shape.fill or "", shape.fill)) for shape in page.shapes)
    return replace(page, paper=_DARK[page.paper], shapes=shapes)


def _other_background(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    other = replace(page, paper=choose(rng, ["#efefef", "#fff0f3", "#f4f9ff"]))
    box = find_difference(page.draw(), other.draw(), [(0, 0, page.width, page.height)])
    known = KnownChange(box, RECOLOURED | {Change.CHANGED})
    return MadePair(
        "page: background", page.draw(), other.draw(), (known,), may_state=frozenset({Whole.COLOURS}), drawn=True
    )


def _other_sidebar(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    edit = Edit("sidebar", RECOLOURED | {Change.CHANGED})
    return pair_of("page: sidebar colour", page, recolour(page, "sidebar", choose(rng, ["#fff0f3", "#dbeafe"])), edit)


def _dialog(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    return pair_of("page: dialog", page, page.over(make_dialog(rng)), Edit("dialog", ADDED))


def _dimming_dialog(rng: np.random.Generator) -> MadePair:
    page, dialog = make_page(rng), make_dialog(rng)
    plain, image2 = page.draw(), page.over(dialog).draw()
    x1, y1, x2, y2 = _drawn_box(page, dialog)
    dimmed = np.rint(image2 * _DIMMED).astype(np.uint8)
    dimmed[y1:y2, x1:x2] = image2[y1:y2, x1:x2]
    known = KnownChange((x1, y1, x2, y2), ADDED)
    may = frozenset({Whole.BRIGHTNESS, Whole.COLOURS})
    return MadePair("page: dialog over dimmed page", plain, dimmed, (known,), may_state=may, drawn=True)


def _drawn_box(page: Scene, shapes: list[Shape]) -> Box:
    box = find_difference(page.draw(), page.over(shapes).draw(), [shape.extent() for shape in shapes[:1]])
    if box is None:
        raise ValueError("the dialog draws nothing")
    return box


def _page_grew(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    banner = Shape("banner", "rectangle", ((0, 640), (959, 779)), choose(rng, ACCENTS))
    words = Shape("banner/text", "text", ((40, 690),), "#ffffff", text=write_words(rng, 4), size=22)
    taller = replace(page, height=780).over([banner, words])
    known = KnownChange(None, ADDED, box2=(0, 640, 960, 780))
    may = frozenset({Whole.EXTENDED})
    return MadePair("page: grew", page.draw(), taller.draw(), (known,), may_state=may, drawn=True)


def _button(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    fill = other_than(rng, ACCENTS, page.named("button0")[0].fill)
    return pair_of("page: button recoloured", page, recolour(page, "button0", fill), Edit("button0", RECOLOURED))


def _icon(rng: np.random.Generator) -> MadePair:
    page, name = make_page(rng), f"icon{int(rng.integers(8))}"
    pair = pair_of("page: icon added", page.without(name), page, Edit(name, ADDED))
    if rng.random() < 0.5:
        return pair
    return pair_of("page: icon added", page, page.without(name), Edit(name, REMOVED))


def _button_moved(rng: np.random.Generator) -> MadePair:
    page = make_page(rng).without("button1").without("label1").without("label0")
    return pair_of(
        "page: button moved", page, page.shift("button0", 250 + int(rng.integers(150)), 0), Edit("button0", MOVED)
    )


def _digit(rng: np.random.Generator) -> MadePair:
    page = make_page(rng)
    other, name = with_digit(rng, page)
    return pair_of("text: digit", page, other, Edit(name, REPLACED, texts=True))


def _words(rng: np.random.Generator) -> MadePair:
    page, name = make_page(rng), f"row{int(rng.integers(8))}"
    return pair_of("text: words", page, retype(page, name, write_words(rng, 3)), Edit(name, REPLACED, texts=True))


def _scanned(kind: str, *, first: bool, changed: bool) -> Maker:
    """A document against its scan, or two scans; scale and light of a scan may be stated."""
    may = frozenset({Whole.BRIGHTNESS, Whole.COLOUR_CAST, Whole.BLURRED, Whole.GREYSCALE, Whole.ROTATED})

    def make(rng: np.random.Generator) -> MadePair:
        document = make_document(rng)
        other, name = with_digit(rng, document) if changed else (document, "")
        edits = [Edit(name, REPLACED, texts=True)] if changed else []
        pair = pair_of(kind, document, other, *edits)
        image1 = scan(pair.image1, rng) if first else pair.image1
        verdicts = pair.verdicts if changed else frozenset({Verdict.SAME, Verdict.UNDETERMINED})
        return replace(pair, image1=image1, image2=scan(pair.image2, rng), may_state=may, verdicts=verdicts)

    return make


PAGES: dict[str, Maker] = {
    "page: jpeg": _unchanged,
    "page: scaled 2x": _twice_as_large,
    "page: theme": _other_theme,
    "page: background": _other_background,
    "page: sidebar colour": _other_sidebar,
    "page: dialog": _dialog,
    "page: dialog over dimmed page": _dimming_dialog,
    "page: grew": _page_grew,
    "page: button recoloured": _button,
    "page: icon added": _icon,
    "page: button moved": _button_moved,
    "text: digit": _digit,
    "text: words": _words,
    "scan: same": _scanned("scan: same", first=False, changed=False),
    "scan: digit, two scans": _scanned("scan: digit, two scans", first=True, changed=True),
    "scan: digit, clean and scan": _scanned("scan: digit, clean and scan", first=False, changed=True),
}
