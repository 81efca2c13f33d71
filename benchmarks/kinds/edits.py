"""Edits of scenes, and the pairs that they make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.kinds.scene import Scene
from benchmarks.kinds.scenes import choose
from benchmarks.kinds.truth import KnownChange, MadePair, find_difference
from imgdiff.images import RGB
from imgdiff.records import Box, Change, Verdict

Maker = Callable[[np.random.Generator], MadePair]
SAME = frozenset({Verdict.SAME})
ADDED, REMOVED, MOVED = (frozenset({one}) for one in (Change.ADDED, Change.REMOVED, Change.MOVED))
REPLACED = frozenset({Change.REPLACED, Change.CHANGED})
RECOLOURED = frozenset({Change.RECOLOURED})
RESHAPED = frozenset({Change.CHANGED, Change.REPLACED})


@dataclass(frozen=True)
class Edit:
    """The shapes of a name that one change edits, and the kinds that it may be called; `texts`: judge words."""

    name: str
    changes: frozenset[Change]
    texts: bool = False


def pair_of(kind: str, scene1: Scene, scene2: Scene, *edits: Edit) -> MadePair:
    """The pair of two scenes that differ in the edited shapes alone."""
    image1, image2 = scene1.draw(), scene2.draw()
    known = tuple(_known(scene1, scene2, image1, image2, edit) for edit in edits)
    return MadePair(kind, image1, image2, known, drawn=True)


def _known(scene1: Scene, scene2: Scene, image1: RGB, image2: RGB, edit: Edit) -> KnownChange:
    places1 = [shape.extent() for shape in scene1.named(edit.name)]
    places2 = [shape.extent() for shape in scene2.named(edit.name)]
    also_at = None
    if edit.changes == MOVED:
        also_at = find_difference(image1, image2, places2)
    box = find_difference(image1, image2, places1 if also_at else [*places1, *places2])
    if box is None:
        raise ValueError(f"nothing of {edit.name} differs")
    if not edit.texts:
        return KnownChange(box, edit.changes, also_at=also_at)
    text1, text2 = (" ".join(shape.text for shape in scene.named(edit.name)) for scene in (scene1, scene2))
    return KnownChange(box, edit.changes, roughly=_join([*places1, *places2]), text1=text1, text2=text2)


def _join(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def retype(scene: Scene, name: str, text: str) -> Scene:
    """The scene with another text."""
    return scene.edit(name, lambda shape: replace(shape, text=text))


def recolour(scene: Scene, name: str, fill: str) -> Scene:
    """The scene with shapes filled in another colour."""
    return scene.edit(name, lambda shape: replace(shape, fill=fill))


def other_than(rng: np.random.Generator, colours: tuple[str, ...], but: str | None) -> str:
    """One of the colours, but not that one."""
    return choose(rng, [colour for colour in colours if colour != but])
