"""Seconds for a pair of editing's backend `flux2_klein`, its peak memory, and what the device could do at best.

The networks are those of FLUX.2 klein 4B with random weights: speed does not depend on what they learned. A pair is one
edit of a photo, or with `--captions` two images: one from a caption and its edit. The floor is the operations of the
whole pair, counted while it is made, at the device's own bf16 matrix product. On a CPU, it is the CPU time of this
process, so that other programs do not count. The same figures of SDXL: `benchmarks.speed.sdxl --compile --batches 8`.
"""

import argparse
import statistics
from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.machine import header
from benchmarks.speed.areas import describe_device, peak
from benchmarks.speed.random_instruct import BASE, TINY, flux2_klein
from benchmarks.speed.sdxl import WorkClock, add_common_arguments, peak_memory
from imgdiff.records import ModelUse
from services.editing.backends.instruct.flow import FlowSampler
from services.editing.backends.instruct.flux2_klein import Flux2Klein
from services.editing.generation.instruct.pairs import ImageRequest
from services.gpu.compute import Batches, compute_on

_TOLD = "Replace the brown dog with a cat. Keep everything else as it is."
_USE = ModelUse(stage="editing", name="random", version="local", sha256="0" * 64, licence="NOASSERTION")
_CAPTION = "a brown dog lying on a red sofa next to a window"


class Pairs:
    """Makes whole batches of pairs."""

    def __init__(self, sampler: FlowSampler, side: int, *, captions: bool) -> None:
        self._sampler, self._captions = sampler, captions
        self._photo = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)

    def make(self, count: int) -> None:
        """Make that many pairs in one batch."""
        firsts = [self._photo] * count
        if self._captions:
            generated = self._sampler.make([ImageRequest(_CAPTION, seed) for seed in range(count)], count)
            firsts = [image for image in generated if isinstance(image, np.ndarray)]
        self._sampler.make([ImageRequest(_TOLD, seed, image) for seed, image in enumerate(firsts)], count)


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_arguments(parser)
    parser.add_argument("--side", type=int, help="width and height in pixels, default 1024 (small: 64)")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--captions", action="store_true", help="both images are made, from a caption")
    options = parser.parse_args(arguments)
    options.batches = options.batches or ([1, 2] if options.small else [1, 4, 8])
    options.side = options.side or (64 if options.small else 1024)
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _parse_arguments(arguments)
    compute = compute_on(options.device, 1)  # one thread of the CPU, so that its time is the work
    cuda = compute.device.type == "cuda"
    torch.manual_seed(0)
    size, dtype = (TINY, torch.float32) if options.small else (BASE, torch.bfloat16)
    whole = flux2_klein(size, options.device, dtype)
    best = peak(compute, 8192 if cuda else 512)
    print(*header("benchmarks.speed.instruct"), sep="\n")
    print(describe_device(compute, best))
    parameters = sum(weights.numel() for weights in whole.transformer.parameters()) / 1e6
    print(f"transformer of {parameters:.4g} million parameters; {options.side}x{options.side}, {options.steps} steps")
    model = Flux2Klein(whole, side=options.side, steps=options.steps, guidance=1.0)
    pairs = Pairs(FlowSampler(model, Batches(1, lambda: None), _USE), options.side, captions=options.captions)
    with FlopCounterMode(display=False) as counter:
        pairs.make(1)
    floor, clock = counter.get_total_flops() / best, WorkClock(compute.device)
    for count in options.batches:
        pairs.make(count)  # warm
        seconds = []
        for _ in range(options.rounds):
            started = clock.now()
            pairs.make(count)
            seconds.append((clock.now() - started) / count)
        each = statistics.median(seconds)
        print(
            f"{count:3} pairs a batch: {each:8.3f} s a pair ({min(seconds):.3f}-{max(seconds):.3f}); "
            f"{counter.get_total_flops() / 1e12:.3g} TFLOP and a floor of {floor:.3g} s a pair, "
            f"{100 * floor / each:.3g} % of the peak; {peak_memory(compute.device)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
