"""Measures how often a pair whose images are swapped is found by what is claimed of it, and how often one wrongly is.

`--pairs` names JSON lines manifests: claims are `caption1` and `caption2`, `items1` and `items2`, `instruction`,
`truth`, or `labels` such as `car appeared`. `--photos` is a folder in COCO's format, of which pairs are made. Each pair
is compared in its own order and in the other one, with the same claims. Prints by kind, at several thresholds, how many
of those whose claims name one image are found when swapped, and how many are in their own order (found / wrongly
found); a made pair is also compared with a claim about a thing elsewhere in it.
"""

import argparse
import io
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.machine import header
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.options import Options
from imgdiff.rules.thresholds import SWAPPED
from services.captioning.direction.reading import read_claimed_sides
from services.inprocess.engines import PairEngines
from training.caption_pairs import CaptionPair, Truth, make_pairs
from training.coco_photos import read_photos

THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9)
MADE = ("added", "removed", "replaced", "recoloured")
_CHANGED = {"appeared": "appeared", "gone": "is gone"}
_ALWAYS = {SWAPPED: -1.0}  # a threshold below every value, so that each one is reported
Claims = Mapping[str, str]


@dataclass
class Kind:
    """What was measured of one kind: null where nothing was, as where no region is kept."""

    pairs: int = 0
    true: list[float | None] = field(default_factory=list)
    swapped: list[float | None] = field(default_factory=list)
    other: list[float | None] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--only", nargs="*", help="sources of the manifests that are measured")
    parser.add_argument("--photos", type=Path, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="photos, or pairs of a manifest, that are left out first")
    parser.add_argument("--seconds", type=float, default=1e9, help="after which no further pair is begun")
    options = parser.parse_args()
    print(*header("benchmarks.directions"), sep="\n")
    engines = PairEngines()
    kinds: dict[str, Kind] = defaultdict(Kind)
    until = time.monotonic() + options.seconds
    for manifest in options.pairs:
        for row in map(json.loads, manifest.read_text().splitlines()[options.skip :]):
            if (options.only is None or row["source"] in options.only) and time.monotonic() < until:
                _measure_row(engines, kinds, manifest.parent, row)
    if options.photos is not None:
        for pair in make_pairs(read_photos(options.photos)[options.skip :], MADE, options.seed):
            if time.monotonic() < until:
                _measure_made(engines, kinds[f"made: {pair.kind}"], pair)
    print(*report(kinds), sep="\n")


def report(kinds: Mapping[str, Kind]) -> Iterator[str]:
    """A row for each kind: how many are found when swapped, and how many wrongly, by threshold."""
    head = ["kind", "pairs", "with a claim", *(f"> {one}" for one in THRESHOLDS)]
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "---|" * (len(head) - 1)
    for name, kind in kinds.items():
        cells = [f"{_over(kind.swapped, limit)} / {_over([*kind.true, *kind.other], limit)}" for limit in THRESHOLDS]
        yield f"| {name} | {kind.pairs} | {len(kind.swapped)} | {' | '.join(cells)} |"


def claims_of(row: Mapping[str, Any]) -> Claims:
    """What a row of a manifest claims of its pair, as options."""
    if row.get("caption1") and row.get("caption2"):
        return {"caption1": row["caption1"], "caption2": row["caption2"]}
    if row.get("items1") and row.get("items2"):
        trays = [", ".join(item["label"] for item in row[key]) for key in ("items1", "items2")]
        return {"caption1": f"A tray with {trays[0]}.", "caption2": f"A tray with {trays[1]}."}
    said = row.get("instruction") or row.get("truth")
    if said is None:
        things = [label.rpartition(" ") for label in row.get("labels") or ()]
        words = {word for _, _, word in things}
        known = words & _CHANGED.keys() if len(words) == 1 else set()
        said = " ".join(f"A {thing} {_CHANGED[word]}." for thing in {one for one, _, _ in things} for word in known)
    return {"instruction": said} if said else {}


def _measure_row(engines: PairEngines, kinds: dict[str, Kind], folder: Path, row: Mapping[str, Any]) -> None:
    kind = kinds[f"{row['source']}: {row['change']}" if row.get("change") else row["source"]]
    kind.pairs += 1
    claims = claims_of(row)
    if _claim_a_side(claims):
        files = (folder / row["image1"]).read_bytes(), (folder / row["image2"]).read_bytes()
        _measure(engines, kind, files, claims)


def _measure_made(engines: PairEngines, kind: Kind, pair: CaptionPair) -> None:
    kind.pairs += 1
    (truth,) = pair.truths
    files = _to_png(pair.image1), _to_png(pair.image2)
    claims = _claims_of_made(truth)
    if claims:
        _measure(engines, kind, files, claims)
    at_place = {truth.label1, truth.label2, *(one.label for one in pair.around if one.is_at(truth.box))}
    around = [one.label for one in pair.around if one.label not in at_place]
    if around:
        other = {"instruction": f"The {around[0]} was removed."}
        kind.other.append(_read_value(engines, files, other))


def _claims_of_made(truth: Truth) -> Claims:
    before, after = truth.label1, truth.label2
    if before == after and truth.colour1 and truth.colour2:
        colours = truth.colour1, truth.colour2
        both = {f"caption{at}": f"There is a {colour} {before}." for at, colour in enumerate(colours, 1)}
        return both if _claim_a_side(both) else {}
    if before == after:
        return {}
    if before is None or after is None:
        return {"instruction": f"Add the {after}." if before is None else f"Remove the {before}."}
    return {"instruction": f"Replace the {before} with the {after}."}


def _claim_a_side(claims: Claims) -> bool:
    return bool(read_claimed_sides(*(claims.get(name) for name in ("caption1", "caption2", "instruction"))))


def _measure(engines: PairEngines, kind: Kind, files: tuple[bytes, bytes], claims: Claims) -> None:
    kind.true.append(_read_value(engines, files, claims))
    kind.swapped.append(_read_value(engines, (files[1], files[0]), claims))


def _read_value(engines: PairEngines, files: tuple[bytes, bytes], claims: Claims) -> float | None:
    (record,) = engines.describe([files], Options.model_validate({"thresholds": _ALWAYS, **claims}))
    if isinstance(record, ImgdiffError):
        raise record
    return next((reason.value for reason in record.reasons if reason.code == SWAPPED), None)


def _over(values: Sequence[float | None], limit: float) -> int:
    return sum(value is not None and value > limit for value in values)


def _to_png(image: RGB) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    main()
