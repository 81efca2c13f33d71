"""Captions of labelled real pairs, scored against their labels, captions or items."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.captions.engines import Engines, FoundRegion, match_boxes
from benchmarks.captions.scores import is_right, nouns_in, score_region, share
from imgdiff.records import Change
from training.caption_pairs import Truth
from training.pictures import read

_CHANGES = {"appeared": Change.ADDED, "gone": Change.REMOVED}


@dataclass
class SourceTally:
    """Scores of one source's pairs. `expected`: for each noun that should have been named, whether it was.

    `confirmed`: for each named noun, whether the labels have it. One that they lack may be true all the same: plates
    and passers-by are not labelled. `elsewhere`: for each region that matches no label, whether it was named.
    """

    pairs: int = 0
    found: list[bool] = field(default_factory=list)
    kind: list[bool] = field(default_factory=list)
    reversed_: list[bool] = field(default_factory=list)
    expected: list[bool] = field(default_factory=list)
    confirmed: list[bool] = field(default_factory=list)
    elsewhere: list[bool] = field(default_factory=list)


def score_real_pairs(engines: Engines, manifest: Path) -> list[str]:
    """A row for each source with a scorer below."""
    table: dict[str, SourceTally] = defaultdict(SourceTally)
    for pair in (json.loads(line) for line in manifest.read_text().splitlines()):
        score = SCORERS.get(pair["source"])
        if score is not None:
            found = engines.detect_and_caption(*(read(manifest.parent / pair[key]) for key in ("image1", "image2")))
            table[pair["source"]].pairs += 1
            score(table[pair["source"]], pair, [one for one in found if one.captions.kept])
    measures = ("labelled regions found", "kind right", "reversed", "expected nouns named", "named nouns confirmed")
    head = ("source", "pairs", *measures, "regions elsewhere named")
    return [f"| {' | '.join(head)} |", "|---|" + "---|" * (len(head) - 1), *_rows(table)]


def _rows(table: dict[str, SourceTally]) -> Iterator[str]:
    for source, tally in table.items():
        shares = (tally.found, tally.kind, tally.reversed_, tally.expected, tally.confirmed, tally.elsewhere)
        yield f"| {source} | {tally.pairs} | {' | '.join(map(share, shares))} |"


def _score_parking(tally: SourceTally, pair: dict[str, Any], found: Sequence[FoundRegion]) -> None:
    """Cars that appeared or left; any kind of vehicle is right."""
    truths = []
    for box, label in zip(pair["boxes"] or [], pair.get("labels") or [], strict=True):
        thing, _, word = label.rpartition(" ")
        sides = (None, thing) if _CHANGES[word] is Change.ADDED else (thing, None)
        truths.append(Truth(tuple(box), _CHANGES[word], *sides, kind_of="vehicle"))
    _score_labelled(tally, pair["source"], truths, found)


def _score_tray(tally: SourceTally, pair: dict[str, Any], found: Sequence[FoundRegion]) -> None:
    """Dishes that are gone; any noun of a dish's name is right."""
    truths = []
    for box, label in zip(pair["boxes"] or [], pair.get("labels") or [], strict=True):
        truths.append(Truth(tuple(box), Change.REMOVED, label.rpartition(" ")[0], None))
    _score_labelled(tally, pair["source"], truths, found)


def _score_labelled(tally: SourceTally, source: str, truths: Sequence[Truth], found: Sequence[FoundRegion]) -> None:
    matches = match_boxes([truth.box for truth in truths], found)
    for number, truth in enumerate(truths):
        tally.found.append(number in matches)
        if number not in matches:
            continue
        region = found[matches[number]].captions
        score = score_region(source, truth, region, ())
        tally.kind.append(score.change_right)
        tally.reversed_.append(score.direction is False)
        label, name = (region.label1, truth.label1) if truth.label1 else (region.label2, truth.label2)
        right = label is not None and any(is_right(noun, label, truth.kind_of) for noun in nouns_in(name or ""))
        tally.expected.append(right)
        tally.confirmed += [right] if label else []
    others = (one.captions for number, one in enumerate(found) if number not in matches.values())
    tally.elsewhere += [bool(region.label1 or region.label2) for region in others]


def _score_captioned(tally: SourceTally, pair: dict[str, Any], found: Sequence[FoundRegion]) -> None:
    """Nouns that only one of the two captions has should be named in that image; hyponyms count."""
    nouns = [nouns_in(pair[key]) for key in ("caption1", "caption2")]
    for side, (mine, other) in enumerate((nouns, nouns[::-1])):
        labels = [label for one in found if (label := (one.captions.label1, one.captions.label2)[side])]
        for noun in dict.fromkeys(mine):
            if noun not in other:
                tally.expected.append(any(is_right(noun, label, kind_of=noun) for label in labels))
        tally.confirmed += [any(is_right(noun, label, kind_of=noun) for noun in mine) for label in labels]


SCORERS: dict[str, Callable[[SourceTally, dict[str, Any], Sequence[FoundRegion]], None]] = {
    "parking_pklot": _score_parking,
    "directinversion": _score_captioned,
    "datajuicer_imgdiff": _score_captioned,
    "foodtray": _score_tray,
}
