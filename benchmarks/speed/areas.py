"""Measures pairs a second of the area generator with full-size networks, and its share of the device's peak.

The networks have random weights: speed does not depend on the weights, but the masks do. So the segmenter does all its
work and `--areas` planted boxes an image replace its output; the images are synthetic and change in every box.
Prints the device's measured bf16 matrix product as the peak, floating-point operations as counted (padded rows
included), and where the time went.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.machine import header
from benchmarks.speed.random_segmenters import NETWORKS
from benchmarks.speed.tiny_networks import register_tiny
from imgdiff.images import RGB
from imgdiff.stages import Detection, DetectionRequest
from services.detection.area_generator.segmentation import Segment
from services.detection.backends.area_engine import AreaEngine
from services.detection.backends.automatic_masks import AutomaticMaskSegmenter, Quality
from services.detection.backends.embedder import TowerEmbedder
from services.detection.schema import PairWork
from services.gpu.clip import ImageTower, build_clip
from services.gpu.compute import Compute, compute_on
from services.imaging.arrays import Floats
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

_EVERY_MASK = -1e9  # least predicted IoU: random weights predict noise, so every mask passes
_AREA = 96  # pixels a side of a planted box


class Clock:
    """Seconds by part; waits for the device, so that no part is charged for another."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the seconds of a block to a part."""
        started = self.now()
        yield
        self.seconds[name] += self.now() - started

    def now(self) -> float:
        """The time once the device is idle."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter()


class PlantedSegmenter:
    """Runs all of a segmenter and returns planted boxes instead of its masks."""

    def __init__(self, inner: AutomaticMaskSegmenter, boxes: Sequence[tuple[int, int, int, int]], clock: Clock) -> None:
        self._inner, self._boxes, self._clock = inner, boxes, clock
        for name, step in (("encoder", "encode"), ("decoder", "decode")):
            setattr(inner, step, self._timed(name, getattr(inner, step)))

    def _timed(self, name: str, step: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            with self._clock.part(name):
                return step(*arguments)

        return run

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        """See `Segmenter`."""
        self._inner.segment(images)
        return [[Segment(box, np.ones((_AREA, _AREA), bool)) for box in self._boxes] for _ in images]


class TimedEmbedder:
    """An embedder whose seconds are counted apart."""

    def __init__(self, inner: TowerEmbedder, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """See `Embedder`."""
        with self._clock.part("CLIP"):
            return self._inner.embed(crops)


def peak(compute: Compute, side: int) -> float:
    """Floating-point operations a second of a bf16 matrix product: the best of ten runs after three warm-up runs."""
    one, two = (torch.randn(side, side, device=compute.device, dtype=torch.bfloat16) for _ in range(2))
    clock, best = Clock(compute.device), np.inf
    for run in range(13):
        started = clock.now()
        torch.matmul(one, two)
        seconds = clock.now() - started
        best = min(best, seconds) if run >= 3 else best
    return float(2 * side**3 / best)


def describe_device(compute: Compute, best: float) -> str:
    """The device, torch's version, and the measured peak in operations a second."""
    name = torch.cuda.get_device_name(compute.device) if compute.device.type == "cuda" else "CPU"
    return f"device: {name}, torch {torch.__version__}, bf16 matrix product {best / 1e12:.2f} TFLOP/s"


def make_pairs(arguments: argparse.Namespace, count: int) -> list[PairWork]:
    """Textured pairs, each its own, that differ in every box and by the noise of a second capture."""
    side, boxes = arguments.side, planted_boxes(arguments.areas, arguments.side)
    pairs = []
    for seed in range(count):
        chance = np.random.default_rng(seed)
        coarse = chance.integers(0, 256, (side // 32, side // 32, 3), np.uint8)
        image1 = np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
        image2 = image1.copy()
        for x1, y1, x2, y2 in boxes:
            image2[y1:y2, x1:x2] = chance.integers(0, 256, 3, np.uint8)
        noise = chance.normal(0, arguments.noise, image2.shape) if arguments.noise else 0
        image2 = (image2 + noise).clip(0, 255).astype(np.uint8)
        pairs.append(PairWork(image1, image2, DetectionRequest(max_regions=100)))
    return pairs


def planted_boxes(count: int, side: int) -> list[tuple[int, int, int, int]]:
    """Boxes on a grid, at most `count` and as many as fit."""
    places = range(0, side - _AREA, _AREA + 32)
    return [(x, y, x + _AREA, y + _AREA) for y in places for x in places][:count]


def _engine(sam: str, arguments: argparse.Namespace, compute: Compute, clock: Clock) -> AreaEngine:
    metrics = ServiceMetrics("detection")
    segmenter = AutomaticMaskSegmenter(
        NETWORKS[sam](compute),
        quality=Quality(_EVERY_MASK, 0.0, arguments.points),
        images_at_once=arguments.images,
        prompts_at_once=arguments.prompts,
        halved=metrics.halved.inc,
    )
    clip = ImageTower(build_clip(arguments.clip, prefix=""), compute, bfloat16=compute.uses_bfloat16("auto"))
    embedder = TowerEmbedder(clip, crops_at_once=arguments.crops, halved=metrics.halved.inc)
    return AreaEngine(
        PlantedSegmenter(segmenter, planted_boxes(arguments.areas, arguments.side), clock),
        TimedEmbedder(embedder, clock),
        device=arguments.device,
        models=(),
        metrics=metrics,
        threads=arguments.threads,
    )


def _run(engine: AreaEngine, pairs: Sequence[PairWork]) -> None:
    for answer in engine.run([Ticket(pair) for pair in pairs]):
        if not isinstance(answer, Detection):
            raise answer


def measure(sam: str, arguments: argparse.Namespace, compute: Compute, best: float) -> list[str]:
    """Two lines for each number of pairs in a run."""
    clock = Clock(compute.device)
    engine = _engine(sam, arguments, compute, clock)
    _run(engine, make_pairs(arguments, 1))
    lines = []
    for size in arguments.batches:
        pairs = make_pairs(arguments, size)
        with FlopCounterMode(display=False) as counter:
            _run(engine, pairs)
        operations = counter.get_total_flops()
        seconds = []
        clock.seconds.clear()
        for _ in range(arguments.rounds):
            started = clock.now()
            _run(engine, pairs)
            seconds.append(clock.now() - started)
        lines.append(_line(sam, size, statistics.median(seconds), operations, best))
        lines.append(_parts(clock, sum(seconds)))
    return lines


def _line(sam: str, size: int, seconds: float, operations: int, best: float) -> str:
    share = 100 * operations / seconds / best
    return (
        f"{sam:10} {size:3} pairs a run: {size / seconds:8.2f} pairs/s, {operations / size / 1e12:.3g} TFLOP a pair, "
        f"{share:.3g} % of the peak"
    )


def _parts(clock: Clock, total: float) -> str:
    parts = dict(clock.seconds) | {"CPU": total - sum(clock.seconds.values())}
    return " " * 11 + ", ".join(f"{name} {100 * seconds / total:.0f} %" for name, seconds in parts.items())


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--sams", nargs="+", default=["vit_b", "vit_h", "sam2-tiny", "sam2-large"], choices=NETWORKS)
    parser.add_argument("--clip", default="ViT-B-32-quickgelu")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, default=1024, help="pixels a side of the images")
    parser.add_argument("--areas", type=int, default=20, help="planted boxes an image")
    parser.add_argument(
        "--noise",
        type=float,
        default=4.0,
        help="standard deviation in grey levels; 0 makes both images one capture, and alignment is skipped",
    )
    parser.add_argument("--points", type=int, default=32, help="point prompts a side")
    parser.add_argument("--images", type=int, default=2, help="images encoded at once")
    parser.add_argument("--prompts", type=int, default=128, help="prompts decoded at once")
    parser.add_argument("--crops", type=int, default=64, help="crops embedded at once")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--small", action="store_true", help="tiny networks and images, as a smoke test")
    arguments = parser.parse_args(argv)
    if arguments.small:
        arguments.batches, arguments.rounds, arguments.side, arguments.areas, arguments.points = [1, 2], 1, 256, 2, 2
        arguments.prompts, arguments.crops, arguments.threads = 4, 4, 2
        arguments.sams, arguments.clip = ["tiny", "tiny-sam2"], "tiny"
        register_tiny()
    return arguments


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    arguments = _arguments(argv)
    compute = compute_on(arguments.device, arguments.threads)
    best = peak(compute, 256 if arguments.small else 8192 if compute.device.type == "cuda" else 1024)
    print(*header("benchmarks.speed.areas"), sep="\n")
    print(describe_device(compute, best))
    size = f"{arguments.side}x{arguments.side} pixels"
    print(f"{size}, noise {arguments.noise:g}, {arguments.areas} areas an image, {arguments.clip}")
    at_once = f"{arguments.images} images, {arguments.prompts} points, {arguments.crops} crops"
    print(f"{arguments.points**2} points; at once {at_once}")
    for sam in arguments.sams:
        print(*measure(sam, arguments, compute, best), sep="\n")


if __name__ == "__main__":
    main()
