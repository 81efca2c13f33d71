"""Measures regions a second of captioning's backend `transformers`, its share of the device's peak, and what limits it.

The network is a full-size LLaVA-NeXT or Qwen3-VL 8B (`--network qwen3-vl-8b`) with random weights: speed does not
depend on the weights, but the text does. So it does all its work, three answers a region, and planted phrases replace
its text; random weights rarely end an answer, so nearly every answer reaches its longest, the most expensive case.
Prints the device's measured bf16 matrix product as the peak, floating-point operations as counted (padded rows
included), and the seconds of a decoding step against the time that the measured bandwidth needs for the weights.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import fields, replace

import cv2
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import PreTrainedModel, ProcessorMixin

from benchmarks.machine import header
from benchmarks.speed.areas import Clock, describe_device, peak
from benchmarks.speed.decoding import measure_bandwidth, measure_decoding
from benchmarks.speed.random_captioners import SEVEN_B, TINY, Size, captioner
from benchmarks.speed.random_qwen import QWEN_8B, TINY_QWEN, qwen
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Box, Policy
from services.captioning.backends.image_text import TransformersWriter
from services.captioning.limits import CONTENT_TOKENS, DIFFERENCE_TOKENS
from services.captioning.two_stages.instructions import ask_content
from services.captioning.two_stages.stages import CaptionPair, describe
from services.captioning.two_stages.writer import Prompt, Written
from services.gpu.compute import Batches, Compute, compute_on


class PlantedWriter:
    """Runs all of the network and returns a planted phrase instead of its text."""

    models = ()

    def __init__(self, inner: TransformersWriter, most_tokens: int) -> None:
        self._inner, self._most_tokens = inner, most_tokens
        self.tokens = 0

    def warm_up(self) -> None:
        """See `Writer`."""

    def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        """See `Writer`."""
        written = self._inner.write(
            [replace(prompt, max_new_tokens=min(prompt.max_new_tokens, self._most_tokens)) for prompt in prompts]
        )
        for one in written:
            if isinstance(one, ImgdiffError):
                raise one
            self.tokens += one.completion_tokens
        return [Written("a red cup") for _ in written]


class PassingMatcher:
    """Passes every caption at no cost."""

    models = ()
    calibrated: dict[str, float] = {}

    def match(self, crops: Sequence[RGB], texts: Sequence[str]) -> list[float]:  # noqa: ARG002
        """See `TextMatcher`."""
        return [1.0] * len(crops)

    def alike(self, texts1: Sequence[str], texts2: Sequence[str]) -> list[float]:  # noqa: ARG002
        """See `TextMatcher`."""
        return [0.0] * len(texts1)


def make_pair(side: int, regions: int) -> CaptionPair:
    """Two textured images and boxes on a grid."""
    chance = np.random.default_rng(0)
    images = [
        np.asarray(cv2.resize(chance.integers(0, 256, (8, 8, 3), np.uint8), (side, side)), np.uint8) for _ in range(2)
    ]
    across = int(np.ceil(np.sqrt(regions)))
    step = side // across
    places = [(step * (number % across), step * (number // across)) for number in range(regions)]
    boxes: list[Box] = [(x, y, x + step // 2, y + step // 2) for x, y in places]
    limits = {"caption.mismatch": 0.4, "caption.too_similar": 0.85}
    return CaptionPair((images[0], images[1]), tuple(boxes), Policy.CURATE, limits)


def measure(
    writer: PlantedWriter, pair: CaptionPair, arguments: argparse.Namespace, compute: Compute, best: float
) -> str:
    """One line: regions and tokens a second, operations, and their share of the peak."""
    clock = Clock(compute.device)
    with FlopCounterMode(display=False) as counter:
        _run(writer, pair)
    writer.tokens = 0
    seconds = []
    for _ in range(arguments.rounds):
        started = clock.now()
        _run(writer, pair)
        seconds.append(clock.now() - started)
    middle, regions = statistics.median(seconds), len(pair.boxes)
    operations = counter.get_total_flops()
    return (
        f"{regions / middle:8.3f} regions/s, {writer.tokens / arguments.rounds / middle:8.1f} tokens/s, "
        f"{operations / regions / 1e12:.3g} TFLOP a region, {100 * operations / middle / best:.3g} % of the peak"
    )


def _run(writer: PlantedWriter, pair: CaptionPair) -> None:
    (captions,) = describe([pair], writer, PassingMatcher())
    if isinstance(captions, ImgdiffError):
        raise captions


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--network", default="llava-next", choices=("llava-next", "qwen3-vl-8b"))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32], help="prompts answered at once")
    parser.add_argument("--regions", type=int, default=32, help="regions of the pair")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, default=1024, help="pixels a side of the images")
    parser.add_argument("--tokens", type=int, default=DIFFERENCE_TOKENS, help="tokens an answer, at most")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--small", action="store_true", help="a tiny network and pair, as a smoke test")
    for field in fields(Size):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=int, help=f"of LLaVA; default {getattr(SEVEN_B, field.name)}"
        )
    arguments = parser.parse_args(argv)
    if arguments.small:
        arguments.batches, arguments.regions, arguments.rounds, arguments.side, arguments.threads = [1, 2], 1, 1, 96, 1
        arguments.tokens = 8
    return arguments


def _build(arguments: argparse.Namespace) -> tuple[PreTrainedModel, ProcessorMixin]:
    if arguments.network == "qwen3-vl-8b":
        return qwen(TINY_QWEN if arguments.small else QWEN_8B, arguments.device, torch.bfloat16)
    named = {field.name: getattr(arguments, field.name) for field in fields(Size) if getattr(arguments, field.name)}
    size = replace(TINY if arguments.small else SEVEN_B, **named)
    return captioner("llava-next", size, arguments.device, torch.bfloat16)


def _print_header(arguments: argparse.Namespace, model: PreTrainedModel, compute: Compute) -> tuple[float, float]:
    """The measured peak, in operations a second, and the bandwidth, in bytes a second."""
    cuda = compute.device.type == "cuda"
    best = peak(compute, 256 if arguments.small else 8192 if cuda else 1024)
    bandwidth = measure_bandwidth(compute, 2**22 if arguments.small else 2**30 if cuda else 2**28)
    print(*header("benchmarks.speed.captions"), sep="\n")
    print(f"{describe_device(compute, best)}, copies {bandwidth / 1e9:.0f} GB/s")
    parameters = sum(one.numel() for one in model.parameters()) / 1e9
    print(f"{arguments.network}, {parameters:.3g} billion parameters, bfloat16")
    content, difference = (min(tokens, arguments.tokens) for tokens in (CONTENT_TOKENS, DIFFERENCE_TOKENS))
    tokens = f"{content} and {difference} tokens an answer at most"
    print(f"{arguments.regions} regions of a pair of {arguments.side}x{arguments.side} pixels, {tokens}")
    return best, bandwidth


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    arguments = _arguments(argv)
    compute = compute_on(arguments.device, arguments.threads)
    model, processor = _build(arguments)
    best, bandwidth = _print_header(arguments, model, compute)
    pair = make_pair(arguments.side, arguments.regions)
    for at_once in arguments.batches:
        halved: list[int] = []
        writer = TransformersWriter(
            model,
            processor,
            compute,
            models=(),
            batches=Batches(at_once, lambda halved=halved: halved.append(1)),
            spent=lambda *_: None,
        )
        line = measure(PlantedWriter(writer, arguments.tokens), pair, arguments, compute, best)
        print(f"{at_once:3} prompts at once: {line}{', halved' * len(halved)}")
        tokens = min(CONTENT_TOKENS, arguments.tokens)
        prompt = Prompt(lambda: pair.images[:1], ask_content(pair.boxes[0], arguments.side, arguments.side), tokens)
        print(f"{'':21}{measure_decoding(writer, model, [prompt] * at_once, compute, bandwidth)}", flush=True)


if __name__ == "__main__":
    main()
