"""Pairs a second of detection's backend `sam` with full-size networks, and how much of the device that uses.

The networks are built from their configurations with random weights: speed does not depend on what they learned, but
which masks come out does. So Segment Anything does all its work, and `--areas` planted boxes an image stand in for what
it found; the pictures are made and hold a change in each box. Prints the device's own bf16 matrix product as the peak,
floating-point operations as counted while they run (filled-up rows included), and where the time went.
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
from benchmarks.speed.tiny_networks import register_tiny
from imgdiff.images import RGB
from imgdiff.stages import Detection, DetectionRequest
from services.detection.area_generator.segmentation import Segment
from services.detection.backends.open_clip import OpenClipEmbedder
from services.detection.backends.sam import Quality, SamSegmenter, build_sam
from services.detection.backends.sam_clip import AreaEngine
from services.detection.schema import PairWork
from services.gpu.clip import build_clip
from services.gpu.compute import Compute, compute_on
from services.imaging.arrays import Floats
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

_EVERY_MASK = -1e9  # predicted IoU of random weights means nothing
_AREA = 96  # pixels a side of a planted box


class Clock:
    """Seconds by part; the device is waited for, so that a part's time is its own."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the block's time to a part."""
        started = self.now()
        yield
        self.seconds[name] += self.now() - started

    def now(self) -> float:
        """The time once the device is idle."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter()


class PlantedSegmenter:
    """All of Segment Anything's work, and planted boxes for its answer."""

    def __init__(self, inner: SamSegmenter, boxes: Sequence[tuple[int, int, int, int]], clock: Clock) -> None:
        self._inner, self._boxes, self._clock = inner, boxes, clock
        for name, step in (("encoder", "encode"), ("decoder", "decode")):
            setattr(inner, step, self._timed(name, getattr(inner, step)))

    def _timed(self, name: str, step: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object) -> object:
            with self._clock.part(name):
                return step(*given)

        return run

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        """See `Segmenter`."""
        self._inner.segment(images)
        return [[Segment(box, np.ones((_AREA, _AREA), bool)) for box in self._boxes] for _ in images]


class TimedEmbedder:
    """An embedder whose time is a part of its own."""

    def __init__(self, inner: OpenClipEmbedder, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def embed(self, crops: Sequence[RGB]) -> Floats:
        """See `Embedder`."""
        with self._clock.part("CLIP"):
            return self._inner.embed(crops)


def peak(compute: Compute, side: int) -> float:
    """Operations a second of a bf16 matrix product, the best of ten runs after three that warm up."""
    one, two = (torch.randn(side, side, device=compute.device, dtype=torch.bfloat16) for _ in range(2))
    clock, best = Clock(compute.device), np.inf
    for run in range(13):
        started = clock.now()
        torch.matmul(one, two)
        seconds = clock.now() - started
        best = min(best, seconds) if run >= 3 else best
    return float(2 * side**3 / best)


def made_pairs(asked: argparse.Namespace, count: int) -> list[PairWork]:
    """Textured pictures, each of its own, whose second one differs in every box and by the noise of another capture."""
    side, boxes = asked.side, planted(asked.areas, asked.side)
    pairs = []
    for seed in range(count):
        chance = np.random.default_rng(seed)
        coarse = chance.integers(0, 256, (side // 32, side // 32, 3), np.uint8)
        image1 = np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
        image2 = image1.copy()
        for x1, y1, x2, y2 in boxes:
            image2[y1:y2, x1:x2] = chance.integers(0, 256, 3, np.uint8)
        noise = chance.normal(0, asked.noise, image2.shape) if asked.noise else 0
        image2 = (image2 + noise).clip(0, 255).astype(np.uint8)
        pairs.append(PairWork(image1, image2, DetectionRequest(max_regions=100)))
    return pairs


def planted(count: int, side: int) -> list[tuple[int, int, int, int]]:
    """Boxes on a grid, as many as fit and were asked for."""
    places = range(0, side - _AREA, _AREA + 32)
    return [(x, y, x + _AREA, y + _AREA) for y in places for x in places][:count]


def _engine(sam: str, asked: argparse.Namespace, compute: Compute, clock: Clock) -> AreaEngine:
    metrics = ServiceMetrics("detection")
    segmenter = SamSegmenter(
        build_sam(sam), compute, quality=Quality(_EVERY_MASK, 0.0, asked.points), images_at_once=asked.images,
        prompts_at_once=asked.prompts, halved=metrics.halved.inc,
    )  # fmt: skip
    clip = build_clip(asked.clip, prefix="")
    embedder = OpenClipEmbedder(clip, compute, crops_at_once=asked.crops, halved=metrics.halved.inc)
    return AreaEngine(
        PlantedSegmenter(segmenter, planted(asked.areas, asked.side), clock), TimedEmbedder(embedder, clock),
        device=asked.device, models=(), metrics=metrics, threads=asked.threads,
    )  # fmt: skip


def _run(engine: AreaEngine, pairs: Sequence[PairWork]) -> None:
    for answer in engine.run([Ticket(pair) for pair in pairs]):
        if not isinstance(answer, Detection):
            raise answer


def measure(sam: str, asked: argparse.Namespace, compute: Compute, best: float) -> list[str]:
    """A line for each number of pairs in a run."""
    clock = Clock(compute.device)
    engine = _engine(sam, asked, compute, clock)
    _run(engine, made_pairs(asked, 1))
    lines = []
    for size in asked.batches:
        pairs = made_pairs(asked, size)
        with FlopCounterMode(display=False) as counter:
            _run(engine, pairs)
        operations = counter.get_total_flops()
        seconds = []
        clock.seconds.clear()
        for _ in range(asked.rounds):
            started = clock.now()
            _run(engine, pairs)
            seconds.append(clock.now() - started)
        lines.append(_line(sam, size, statistics.median(seconds), operations, best))
        lines.append(_parts(clock, sum(seconds)))
    return lines


def _line(sam: str, size: int, seconds: float, operations: int, best: float) -> str:
    share = 100 * operations / seconds / best
    return (
        f"{sam:6} {size:3} pairs a run: {size / seconds:8.2f} pairs/s, {operations / size / 1e12:.3g} TFLOP a pair, "
        f"{share:.3g} % of the peak"
    )


def _parts(clock: Clock, total: float) -> str:
    told = dict(clock.seconds) | {"CPU": total - sum(clock.seconds.values())}
    return "       " + ", ".join(f"{name} {100 * seconds / total:.0f} %" for name, seconds in told.items())


def _asked(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--sams", nargs="+", default=["vit_b", "vit_h"])
    parser.add_argument("--clip", default="ViT-B-32-quickgelu")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, default=1024, help="pixels a side of the images")
    parser.add_argument("--areas", type=int, default=20, help="planted boxes an image")
    parser.add_argument(
        "--noise", type=float, default=4.0, help="grey levels; 0 makes both images one capture, unaligned"
    )
    parser.add_argument("--points", type=int, default=32, help="point prompts a side")
    parser.add_argument("--images", type=int, default=2, help="images encoded at once")
    parser.add_argument("--prompts", type=int, default=128, help="prompts decoded at once")
    parser.add_argument("--crops", type=int, default=64, help="crops embedded at once")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--small", action="store_true", help="tiny networks and images, to see that it runs")
    asked = parser.parse_args(given)
    if asked.small:
        asked.batches, asked.rounds, asked.side, asked.areas, asked.points = [1, 2], 1, 256, 2, 2
        asked.prompts, asked.crops, asked.threads = 4, 4, 2
        asked.sams, asked.clip = ["tiny"], "tiny"
        register_tiny()
    return asked


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print."""
    asked = _asked(given)
    compute = compute_on(asked.device, asked.threads)
    name = torch.cuda.get_device_name(compute.device) if compute.device.type == "cuda" else "processor"
    best = peak(compute, 256 if asked.small else 8192 if compute.device.type == "cuda" else 1024)
    print(*header("benchmarks.speed.areas"), sep="\n")
    print(f"device: {name}, torch {torch.__version__}, bf16 matrix product {best / 1e12:.2f} TFLOP/s")
    print(f"{asked.side}x{asked.side} pixels, noise {asked.noise:g}, {asked.areas} areas an image, {asked.clip}")
    print(f"{asked.points**2} points; at once {asked.images} images, {asked.prompts} points, {asked.crops} crops")
    for sam in asked.sams:
        print(*measure(sam, asked, compute, best), sep="\n")


if __name__ == "__main__":
    main()
