"""Measures a whole answer, detection and captioning in one process: seconds and memory a pair, by what the pair shows.

Photos are scikit-image's, scaled; page and document are drawn. Prints the command, the machine, median and range of the
rounds after one that is not counted, the processor's seconds, which other programs change less, and the largest memory
of the process so far.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np

from benchmarks.kinds.answering import Answering
from benchmarks.kinds.drawn import DRAWN
from benchmarks.machine import header
from benchmarks.speed.detection import pairs
from imgdiff.images import RGB

_SEED = 7


def _photos(width: int, height: int, kind: str) -> Callable[[], tuple[RGB, RGB]]:
    return lambda: pairs(width, height)[kind]


def _drawn(kind: str) -> Callable[[], tuple[RGB, RGB]]:
    def make() -> tuple[RGB, RGB]:
        pair = DRAWN[kind](np.random.default_rng(_SEED))
        return pair.image1, pair.image2

    return make


PAIRS: dict[str, Callable[[], tuple[RGB, RGB]]] = {
    "640x480 photo, identical": _photos(640, 480, "identical"),
    "640x480 photo, edited": _photos(640, 480, "one capture, edited"),
    "640x480 photo, second capture": _photos(640, 480, "second capture"),
    "640x480 photo, other light": _photos(640, 480, "in other light"),
    "1600x1200 photo, other light": _photos(1600, 1200, "in other light"),
    "3840x2160 photo, second capture": _photos(3840, 2160, "second capture"),
    "3840x2160 photo, other light": _photos(3840, 2160, "in other light"),
    "960x640 page, icon added": _drawn("page: icon added"),
    "960x640 page, digit": _drawn("text: digit"),
    "760x820 document, two scans": _drawn("scan: digit, two scans"),
}


def main() -> None:
    """Measure every pair and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", default="", help="comma-separated beginnings of names; default: all")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    wanted = tuple(arguments.pairs.split(","))
    answering = Answering()
    print("\n".join(header("benchmarks.speed.answers")))
    print("| pair | regions kept | s a pair (range) | of them detection | processor s | peak MB so far |")
    print("|---|---|---|---|---|---|")
    for name, make in PAIRS.items():
        if name.startswith(wanted):
            print(f"| {name} | {measure(answering, *make(), arguments.rounds)} |", flush=True)


def measure(answering: Answering, image1: RGB, image2: RGB, rounds: int) -> str:
    """The cells of one row."""
    record = answering.answer(image1, image2).record
    worked = time.process_time()
    answers = [answering.answer(image1, image2) for _ in range(rounds)]
    worked = (time.process_time() - worked) / rounds
    seconds = [answer.seconds for answer in answers]
    detecting = statistics.median(answer.detecting for answer in answers)
    kept = sum(region.kept for region in record.regions)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})"
    return f"{kept} | {spread} | {detecting:.2f} | {worked:.2f} | {peak:.0f}"


if __name__ == "__main__":
    main()
