"""Measures how often what imgdiff states is right, on made pairs of every kind of picture and change.

Drawn pairs (pages, documents, charts, maps, line art, boards) have pixel-exact truth. Photos are the project's examples
and scikit-image's, or those of `--photos`, a folder in COCO's format with instance masks; only with masks objects are
edited. Both services run in process and the gateway's own code composes the record.

A region is right where its IoU with a true one is at least 0.3; for a text, with its changed pixels or its whole word.
What no person could tell (as whether a bar was changed or added) has several right answers. Of a drawing every noun is
wrong. Made pairs are simpler than real ones: read the table by row, not as a forecast.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from skimage import data

from benchmarks.kinds.answering import Answering
from benchmarks.kinds.drawn import DRAWN
from benchmarks.kinds.judging import Judgement, judge
from benchmarks.kinds.looks import LOOKS
from benchmarks.kinds.photographed import PHOTOGRAPHED, make_photographed, shuffle
from benchmarks.kinds.report import summarise, tabulate
from benchmarks.kinds.sheet import choose_worst, draw_sheet
from benchmarks.kinds.truth import MadePair
from benchmarks.machine import header
from imgdiff.images import RGB
from training.coco_photos import Photo, read_photos
from training.pictures import read

KINDS = (*PHOTOGRAPHED, *DRAWN, *LOOKS)
_EXAMPLES = Path(__file__).parents[2] / "examples"
_WORST = 40  # answers on the sheet


def main() -> None:
    """Run the benchmark, print its tables, and draw the worst answers."""
    arguments = _arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    photos = read_photos(arguments.photos) if arguments.photos else []
    images = [photo.image for photo in photos] or [*_free_photos()]
    kinds = _wanted(arguments.kinds)
    answering, started = Answering(), time.perf_counter()
    judgements, seconds = [], []
    for kind in kinds:
        for pair in make_pairs(kind, images, photos, arguments.seed, arguments.limit):
            answer = answering.answer(pair.image1, pair.image2)
            judgements.append(judge(pair, answer.record))
            seconds.append(answer.seconds)
    source = f"{len(images)} photos of {arguments.photos.name if photos else 'examples and scikit-image'}"
    lines = [*header("benchmarks.kinds"), f"seed {arguments.seed}, {source}", "", *tabulate(judgements), ""]
    lines.append(f"{np.median(seconds):.2f} s a pair (median), {time.perf_counter() - started:.0f} s in all")
    print("\n".join(lines))
    (arguments.output / "kinds.md").write_text("\n".join(lines) + "\n")
    draw_sheet(choose_worst(judgements, _WORST), arguments.output / "worst.png")
    if arguments.json:
        arguments.json.write_text(json.dumps(_as_json(judgements), indent=1) + "\n")


def make_pairs(kind: str, images: list[RGB], photos: list[Photo], seed: int, limit: int) -> Iterator[MadePair]:
    """At most `limit` pairs of a kind, the same ones for the same seed."""
    numbered = (seed, KINDS.index(kind))
    if kind in DRAWN:
        for number in range(limit):
            yield DRAWN[kind](np.random.default_rng((*numbered, number)))
    elif kind in LOOKS:
        for number, index in enumerate(shuffle(len(images), numbered)[:limit]):
            yield LOOKS[kind](images[index], np.random.default_rng((*numbered, number)))
    else:
        yield from make_photographed(kind, images, photos, numbered, limit)


def _wanted(names: str) -> list[str]:
    """The kinds that a comma-separated list of names or beginnings of names selects."""
    wanted = [name.strip() for name in names.split(",")]
    chosen = [kind for kind in KINDS if any(kind.startswith(name) for name in wanted)]
    if not chosen:
        raise SystemExit(f"no such kind; known: {', '.join(KINDS)}")
    return chosen


def _free_photos() -> Iterator[RGB]:
    for name in ("photo.jpg", "before.jpg"):
        yield read(_EXAMPLES / name)
    for name in ("chelsea", "coffee", "astronaut"):
        yield np.asarray(getattr(data, name)(), np.uint8)


def _as_json(judgements: list[Judgement]) -> dict[str, object]:
    kinds = dict.fromkeys(one.pair.kind for one in judgements)
    return {
        "kinds": {kind: summarise([one for one in judgements if one.pair.kind == kind]) for kind in kinds},
        "pairs": [
            {
                "kind": one.pair.kind,
                "verdict": one.record.verdict,
                "right": one.verdict,
                "caption": one.record.caption,
                "badness": one.badness,
            }
            for one in judgements
        ],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", default="", help="comma-separated names, or beginnings such as `page`; default: all")
    parser.add_argument("--photos", type=Path, help="folder in COCO's format, with instance masks")
    parser.add_argument("--limit", type=int, default=5, help="pairs of a kind at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file for the figures and every answer")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/output"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
