"""MMVP (arXiv 2401.06209): 150 pairs of images that CLIP confuses, one question with two options about each image.

`Questions.csv` has a row for each image in the order of their numbers: `Question`, `Options` as "(a) Open (b) Closed",
`Correct Answer` as "(a)". Two rows after one another are a pair; a pair counts where both are right.
"""

import csv
import re
from pathlib import Path

from imgdiff.errors import InvalidRequest
from imgdiff.evaluation.layouts.files import find
from imgdiff.evaluation.letters import ASK
from imgdiff.evaluation.samples import Benchmark, Sample

_COLUMNS = ("Question", "Options", "Correct Answer")
_FOLDERS = ("MMVP Images", "MMVP Imgaes")  # as its README has it, and as its script reads it
_LETTER = re.compile(r"\(([a-z])\)")


def read(folder: Path, _: str) -> Benchmark:
    """Every question; a benchmark without splits."""
    path, images = find(folder, ["Questions.csv"]), find(folder, _FOLDERS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, restval=""))
    if not rows or (lacking := [name for name in _COLUMNS if name not in rows[0]]):
        raise InvalidRequest(f"{path} lacks the columns {', '.join(lacking if rows else _COLUMNS)}")
    return Benchmark("mmvp", "choices", tuple(_sample(number, row, images) for number, row in enumerate(rows, 1)))


def _sample(number: int, row: dict[str, str], images: Path) -> Sample:
    question, options, answer = (row[name] for name in _COLUMNS)
    letters, right = "".join(_LETTER.findall(options.lower())), _LETTER.search(answer.lower())
    if right is None or right[1] not in letters:
        raise InvalidRequest(f"Questions.csv, row {number}: {answer!r} is none of the options {options!r}")
    return Sample(
        id=str(number),
        images=(images / f"{number}.jpg",),
        prompt=f"{question} {options}\n{ASK}",
        letters=letters,
        answer=right[1],
        group=str((number + 1) // 2),
    )
