"""Captions of labelled real pairs: what their labels, captions or items say should be named."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.captions.engines import Asker, Told, meeting
from benchmarks.captions.pairs import Truth
from benchmarks.captions.scores import is_right, judged, nouns_in, share
from imgdiff.records import Change
from training.pictures import read

_CHANGES = {"appeared": Change.ADDED, "gone": Change.REMOVED}


@dataclass
class Real:
    """What one source's pairs came to; `expected` are nouns that should have been said.

    `confirmed`: for every noun that was said whether the labels know it. One that they do not know may be true all the
    same: plates and passers-by are not labelled. `elsewhere`: whether each region that meets no label was named.
    """

    pairs: int = 0
    found: list[bool] = field(default_factory=list)
    kind: list[bool] = field(default_factory=list)
    turned: list[bool] = field(default_factory=list)
    expected: list[bool] = field(default_factory=list)
    confirmed: list[bool] = field(default_factory=list)
    elsewhere: list[bool] = field(default_factory=list)


def real_rows(asker: Asker, manifest: Path) -> list[str]:
    """A row a source that this knows how to judge."""
    table: dict[str, Real] = defaultdict(Real)
    for pair in (json.loads(line) for line in manifest.read_text().splitlines()):
        judge = _JUDGES.get(pair["source"])
        if judge is not None:
            told = asker.tell(*(read(manifest.parent / pair[key]) for key in ("image1", "image2")))
            table[pair["source"]].pairs += 1
            judge(table[pair["source"]], pair, [one for one in told if one.said.kept])
    head = ("source", "pairs", "labelled regions found", "kind right", "turned round", "expected nouns said",
            "said nouns that labels confirm", "regions elsewhere named")  # fmt: skip
    return [f"| {' | '.join(head)} |", "|---|" + "---|" * (len(head) - 1), *_rows(table)]


def _rows(table: dict[str, Real]) -> Iterator[str]:
    for source, real in table.items():
        cells = (share(real.found), share(real.kind), share(real.turned), share(real.expected), share(real.confirmed),
                 share(real.elsewhere))  # fmt: skip
        yield f"| {source} | {real.pairs} | {' | '.join(cells)} |"


def _parking(real: Real, pair: dict[str, Any], told: Sequence[Told]) -> None:
    """Cars that appeared or went; any kind of vehicle is right."""
    truths = []
    for box, label in zip(pair["boxes"] or [], pair.get("labels") or [], strict=True):
        thing, _, word = label.rpartition(" ")
        sides = (None, thing) if _CHANGES[word] is Change.ADDED else (thing, None)
        truths.append(Truth(tuple(box), _CHANGES[word], *sides, kind_of="vehicle"))
    _labelled(real, pair["source"], truths, told)


def _tray(real: Real, pair: dict[str, Any], told: Sequence[Told]) -> None:
    """Dishes that are gone; any noun of a dish's name is right."""
    truths = []
    for box, label in zip(pair["boxes"] or [], pair.get("labels") or [], strict=True):
        truths.append(Truth(tuple(box), Change.REMOVED, label.rpartition(" ")[0], None))
    _labelled(real, pair["source"], truths, told)


def _labelled(real: Real, source: str, truths: Sequence[Truth], told: Sequence[Told]) -> None:
    met = meeting([truth.box for truth in truths], told)
    for number, truth in enumerate(truths):
        real.found.append(number in met)
        if number not in met:
            continue
        said = told[met[number]].said
        one = judged(source, truth, said, ())
        real.kind.append(one.change_right)
        real.turned.append(one.direction is False)
        label, name = (said.label1, truth.label1) if truth.label1 else (said.label2, truth.label2)
        right = label is not None and any(is_right(noun, label, truth.kind_of) for noun in nouns_in(name or ""))
        real.expected.append(right)
        real.confirmed += [right] if label else []
    others = (one.said for number, one in enumerate(told) if number not in met.values())
    real.elsewhere += [bool(said.label1 or said.label2) for said in others]


def _captioned(real: Real, pair: dict[str, Any], told: Sequence[Told]) -> None:
    """Nouns of one whole caption that the other lacks should be said of that image; kinds of them count."""
    nouns = [nouns_in(pair[key]) for key in ("caption1", "caption2")]
    for side, (mine, other) in enumerate((nouns, nouns[::-1])):
        labels = [label for one in told if (label := (one.said.label1, one.said.label2)[side])]
        for noun in dict.fromkeys(mine):
            if noun not in other:
                real.expected.append(any(is_right(noun, label, kind_of=noun) for label in labels))
        real.confirmed += [any(is_right(noun, label, kind_of=noun) for noun in mine) for label in labels]


_JUDGES: dict[str, Callable[[Real, dict[str, Any], Sequence[Told]], None]] = {
    "parking_pklot": _parking, "directinversion": _captioned, "datajuicer_imgdiff": _captioned, "foodtray": _tray,
}  # fmt: skip
