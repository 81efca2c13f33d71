"""Captions of labelled real pairs: what their labels, captions or items say should be named."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.caption_asking import Asker, Told
from benchmarks.caption_pairs import Truth
from benchmarks.caption_scores import is_right, judged, nouns_in, share
from benchmarks.matching import IOU
from imgdiff.boxes import iou
from imgdiff.records import Change
from training.pictures import read

_CHANGES = {"appeared": Change.ADDED, "gone": Change.REMOVED}


@dataclass
class Real:
    """What one source's pairs came to; `expected` are nouns that should have been said, `said` all that were."""

    pairs: int = 0
    found: list[bool] = field(default_factory=list)
    kind: list[bool] = field(default_factory=list)
    turned: list[bool] = field(default_factory=list)
    expected: list[bool] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)
    said: list[bool] = field(default_factory=list)


def real_rows(asker: Asker, manifest: Path) -> list[str]:
    """A row a source that this knows how to judge."""
    table: dict[str, Real] = defaultdict(Real)
    for pair in (json.loads(line) for line in manifest.read_text().splitlines()):
        judge = _JUDGES.get(pair["source"])
        if judge is not None:
            told = asker.tell(*(read(manifest.parent / pair[key]) for key in ("image1", "image2")))
            table[pair["source"]].pairs += 1
            judge(table[pair["source"]], pair, [one for one in told if one.said.kept])
    head = ("source", "pairs", "regions found", "kind right", "turned round", "named at all", "expected nouns said",
            "nouns not true")  # fmt: skip
    return [f"| {' | '.join(head)} |", "|---|" + "---|" * (len(head) - 1), *_rows(table)]


def _rows(table: dict[str, Real]) -> Iterator[str]:
    for source, real in table.items():
        cells = (share(real.found), share(real.kind), share(real.turned), share(real.named), share(real.expected),
                 share(not right for right in real.said))  # fmt: skip
        yield f"| {source} | {real.pairs} | {' | '.join(cells)} |"


def _parking(real: Real, pair: dict[str, Any], told: Sequence[Told]) -> None:
    """Cars that appeared or went; any kind of vehicle is right."""
    for box, label in zip(pair["boxes"] or [], pair["labels"] or [], strict=True):
        thing, _, word = label.rpartition(" ")
        change = _CHANGES[word]
        sides = (None, thing) if change is Change.ADDED else (thing, None)
        truth = Truth(tuple(box), change, *sides, kind_of="vehicle")
        near = max(told, key=lambda one: iou(one.box, truth.box), default=None)
        meets = near is not None and iou(near.box, truth.box) >= IOU
        real.found.append(meets)
        if near is not None and meets:
            one = judged(pair["source"], truth, near.said, ())
            real.kind.append(one.change_right)
            real.turned.append(one.direction is False)
            real.named += [value is not None for value in one.named]
            real.expected += [value is True for value in one.named]
            real.said += [right for _, right in one.nouns]


def _captioned(real: Real, pair: dict[str, Any], told: Sequence[Told]) -> None:
    """Nouns of one whole caption that the other lacks should be said of that image, and none that neither has."""
    nouns = [nouns_in(pair[key]) for key in ("caption1", "caption2")]
    for side, mine, other in ((1, nouns[0], nouns[1]), (2, nouns[1], nouns[0])):
        labels = _labels(told, side)
        for noun in dict.fromkeys(mine):
            if noun not in other:
                real.expected.append(any(is_right(noun, label) for label in labels))
        real.said += [any(is_right(noun, label) for noun in mine) for label in labels]
    real.named += [bool(one.said.label1 or one.said.label2) for one in told]


def _tray(real: Real, pair: dict[str, Any], told: Sequence[Told]) -> None:
    """Labels should be items of the tray they are said of; what is gone should be said of the first image."""
    for side in (1, 2):
        items = [noun for item in pair[f"items{side}"] for noun in nouns_in(item["label"])]
        real.said += [any(is_right(noun, label) for noun in items) for label in _labels(told, side)]
    for box, label in zip(pair["boxes"] or [], pair.get("labels") or [], strict=True):
        near = [one for one in told if iou(one.box, tuple(box)) >= IOU]
        real.found.append(bool(near))
        real.kind += [one.said.change is Change.REMOVED for one in near]
        nouns = nouns_in(label)
        real.expected += [any(is_right(noun, one.said.label1) for noun in nouns) if one.said.label1 else False
                          for one in near]  # fmt: skip
    real.named += [bool(one.said.label1 or one.said.label2) for one in told]


def _labels(told: Sequence[Told], side: int) -> list[str]:
    labels = ((one.said.label1, one.said.label2)[side - 1] for one in told)
    return [label for label in labels if label]


_JUDGES: dict[str, Callable[[Real, dict[str, Any], Sequence[Told]], None]] = {
    "parking_pklot": _parking, "directinversion": _captioned, "datajuicer_imgdiff": _captioned, "foodtray": _tray,
}  # fmt: skip
