"""Measures detection alone: seconds a pair, memory and the networks' share of the time, by size and batch.

Pairs are scikit-image's photos scaled to each size: the same image twice, one with a pasted object, a second capture
(turned, recompressed) with the object, and that in other light. "8 at once" is one batch of 8, as the service's
batcher makes it. Prints the command, the machine, median and range of the rounds, and the ratio of throughputs.
"""

import argparse
import resource
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from skimage import data

from benchmarks.machine import header
from imgdiff.images import RGB
from imgdiff.stages import DetectionRequest
from services.detection.backends import create_engine
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.serving.engine import Ticket

SIZES = {"640x480": (640, 480), "1280x960": (1280, 960), "3840x2160": (3840, 2160)}
AT_ONCE = 8


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    engine = create_engine(DetectionSettings(threads=arguments.threads))
    engine.warm_up()
    print("\n".join(header("benchmarks.speed.detection")))
    print("| size | pair | s a pair alone (range) | in networks | 8 at once: s a pair | throughput | peak MB so far |")
    print("|---|---|---|---|---|---|---|")
    for size in arguments.sizes.split(","):
        for kind, (image1, image2) in pairs(*SIZES[size]).items():
            print(f"| {size} | {kind} | {measure(engine, image1, image2, arguments.rounds)} |", flush=True)


def pairs(width: int, height: int) -> dict[str, tuple[RGB, RGB]]:
    """The same image twice, with a pasted object, in a second capture, and in other light."""
    photo = np.asarray(cv2.resize(np.asarray(data.coffee(), np.uint8), (width, height), interpolation=cv2.INTER_CUBIC))
    cat = np.asarray(data.chelsea(), np.uint8)
    edited = photo.copy()
    side = height // 6
    edited[side : 2 * side, side : 2 * side] = cv2.resize(cat, (side, side), interpolation=cv2.INTER_AREA)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0.5, 1.0)
    turned = cv2.warpAffine(edited, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    _, coded = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, 85])
    again = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    darker = np.rint((again / 255.0) ** 1.3 * 230).astype(np.uint8)
    return {
        "identical": (photo, photo.copy()),
        "one capture, edited": (photo, edited),
        "second capture": (photo, again),
        "in other light": (photo, darker),
    }


def measure(engine: DetectionEngine, image1: RGB, image2: RGB, rounds: int) -> str:
    """The cells of one row; both ways take turns, so that both meet the same load of the machine."""
    ticket = Ticket(PairWork(image1, image2, DetectionRequest()))
    networks = _Clock()
    alone, together = [], []
    for _ in range(rounds):
        with networks.watching():
            alone.append(_seconds(lambda: engine.run([ticket])))
        together.append(_seconds(lambda: engine.run([ticket] * AT_ONCE)) / AT_ONCE)
    middle, shared = statistics.median(alone), statistics.median(together)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spread = f"{middle:.2f} ({min(alone):.2f}-{max(alone):.2f})"
    share = networks.seconds / sum(alone)
    return f"{spread} | {share:.0%} | {shared:.2f} | {middle / shared:.2f}x | {peak:.0f}"


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


class _Clock:
    """Adds up the seconds spent inside the networks while it watches."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def watching(self) -> "_Watch":
        return _Watch(self)

    def timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            started = time.perf_counter()
            answer = method(*arguments)
            with self._lock:
                self.seconds += time.perf_counter() - started
            return answer

        return call


class _Watch:
    """Wraps the network calls in the clock for the length of a block."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock
        self._plain: dict[str, Any] = {}

    def __enter__(self) -> None:
        for name in ("measure_distances", "extract_tokens", "embed"):
            self._plain[name] = getattr(EmbeddedExtractor, name)
            setattr(EmbeddedExtractor, name, self._clock.timed(self._plain[name]))

    def __exit__(self, *_: object) -> None:
        for name, method in self._plain.items():
            setattr(EmbeddedExtractor, name, method)


if __name__ == "__main__":
    main()
