"""Seconds for a pair of editing's backend `sdxl`, compared with plain SDXL and with the floor.

The networks are SDXL's with random weights: speed does not depend on what they learned. Both kinds of attention
alternate in one run, on the same rows: two images for a pair, each with and without its prompt. The floor is the pair's
floating-point operations, counted while the plain networks run, at the device's own bf16 matrix product. The time
includes everything: text encoders, all steps, and the decoder in float32. The paper's authors needed 13.2 A100-seconds
for a pair. On a CPU, it is the CPU time of this process, so that other programs do not count.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor2_0
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.machine import header
from benchmarks.speed.areas import Clock, describe_device, peak
from benchmarks.speed.random_sdxl import BASE, TINY, Config, pipeline
from services.editing.backends.sdxl.compiling import compile_networks
from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.backends.sdxl.loading import tokenisers_of
from services.editing.generation.prompt_to_prompt.pairs import PairRequest
from services.editing.generation.prompt_to_prompt.planning import plan_edit
from services.editing.generation.prompt_to_prompt.plans import PairPlan
from services.gpu.compute import compute_on

_CAPTIONS = "a brown dog lying on a red sofa next to a window", "a brown cat lying on a red sofa next to a window"

# For a CPU: latents of half the image's side, attention on as many tokens as SDXL's smaller maps have.
SMALL: Mapping[str, Config] = {
    **TINY,
    "unet": {
        **TINY["unet"],
        "block_out_channels": (64, 128, 256),
        "attention_head_dim": (2, 4, 8),
        "transformer_layers_per_block": (1, 1, 2),
    },
}


@dataclass(frozen=True)
class Timed:
    """Seconds of whole batches of both kinds, alternating, and the plain kind's operations."""

    pairs: int
    shared: tuple[float, ...]
    plain: tuple[float, ...]
    operations: int

    def line(self, best: float) -> str:
        """One line of the table; `best` is the peak in operations a second."""
        shared, plain = statistics.median(self.shared), statistics.median(self.plain)
        ratio = statistics.median(one / other for one, other in zip(self.shared, self.plain, strict=True))
        floor = self.operations / best
        return (
            f"{self.pairs:3} pairs a batch: {shared / self.pairs:8.3f} s a pair, plain {plain / self.pairs:8.3f} s, "
            f"ratio {ratio:.3f}; {self.operations / self.pairs / 1e12:.3g} TFLOP and a floor of "
            f"{floor / self.pairs:.3g} s a pair, {100 * floor / shared:.3g} % of the peak"
        )


class WorkClock(Clock):
    """Seconds on the device; on a CPU the process's own CPU time."""

    def now(self) -> float:
        """See `Clock`."""
        return super().now() if self._device.type == "cuda" else time.process_time()


class Attentions:
    """Both kinds of attention of one sampler, exchanged without losing what was compiled for them."""

    def __init__(self, sampler: PairSampler, unet: UNet2DConditionModel) -> None:
        self._sampler, self._unet = sampler, unet
        self._shared = dict(unet.attn_processors)
        self._plain = {name: AttnProcessor2_0() for name in self._shared}

    def run_shared(self, requests: Sequence[PairRequest]) -> None:
        """Make the pairs as the service does."""
        self._unet.set_attn_processor(dict(self._shared))
        self._sampler.make(requests, len(requests))

    def run_plain(self, requests: Sequence[PairRequest]) -> None:
        """Make the same images without Prompt-to-Prompt."""
        self._unet.set_attn_processor(dict(self._plain))
        self._sampler.make(requests, len(requests))


def measure(
    attentions: Attentions, requests: Sequence[PairRequest], rounds: int, clock: Clock, operations: int
) -> Timed:
    """Time both kinds, after a warm-up of each; `operations` is for one pair."""
    attentions.run_shared(requests)
    attentions.run_plain(requests)
    seconds = [
        (_seconds(attentions.run_shared, requests, clock), _seconds(attentions.run_plain, requests, clock))
        for _ in range(rounds)
    ]
    shared, plain = zip(*seconds, strict=True)
    return Timed(len(requests), shared, plain, operations * len(requests))


def peak_memory(device: torch.device) -> str:
    """The most memory of the device that was held so far, since the last call; of a CPU nothing is known."""
    if device.type != "cuda":
        return "no device memory"
    held = torch.cuda.max_memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    return f"{held / 2**30:.1f} GiB at most"


def _operations(attentions: Attentions, request: PairRequest) -> int:
    with FlopCounterMode(display=False) as counter:
        attentions.run_plain([request])
    return counter.get_total_flops()


def _seconds(run: Callable[[Sequence[PairRequest]], None], requests: Sequence[PairRequest], clock: Clock) -> float:
    started = clock.now()
    run(requests)
    return clock.now() - started


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of every benchmark of pairs; networks are small where there is no GPU."""
    cuda = torch.cuda.is_available()
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    parser.add_argument("--small", action="store_true", default=not cuda, help="small networks; default without CUDA")
    parser.add_argument("--batches", nargs="+", type=int, help="pairs per batch, default 1 4 8 (small: 1 2)")
    parser.add_argument("--rounds", type=int, default=3)


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_arguments(parser)
    parser.add_argument("--side", type=int, help="width and height in pixels, default 1024 (small: 128)")
    parser.add_argument("--steps", type=int, help="default 50 (small: 4)")
    parser.add_argument("--guidance", type=float, default=7.5)
    parser.add_argument("--dtype", choices=["bfloat16", "float16", "float32"], help="default bfloat16 (small: float32)")
    parser.add_argument("--local-blend", action="store_true")
    parser.add_argument("--compile", action="store_true", help="both kinds compiled, as with SDXL_COMPILE")
    options = parser.parse_args(arguments)
    sizes = {
        "batches": [1, 2] if options.small else [1, 4, 8],
        "side": 128 if options.small else 1024,
        "steps": 4 if options.small else 50,
    }
    sizes["dtype"] = "float32" if options.small else "bfloat16"
    for name, value in sizes.items():
        setattr(options, name, getattr(options, name) or value)
    return options


def _on(option: bool) -> str:
    return "on" if option else "off"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _parse_arguments(arguments)
    compute = compute_on(options.device, 1)  # one thread of the CPU, so that its time is the work
    cuda = compute.device.type == "cuda"
    torch.manual_seed(0)
    whole = pipeline(SMALL if options.small else BASE, options.device, getattr(torch, options.dtype))
    best = peak(compute, 8192 if cuda else 512)
    print(*header("benchmarks.speed.sdxl"), sep="\n")
    print(describe_device(compute, best))
    parameters = sum(weights.numel() for weights in whole.unet.parameters()) / 1e6
    print(f"UNet of {parameters:.4g} million parameters, {options.dtype}; {options.side}x{options.side} pixels")
    print(f"{options.steps} steps, guidance {options.guidance:g}")
    print(f"local blend {_on(options.local_blend)}, compiled {_on(options.compile)}")
    sampling = Sampling(options.side, options.side, options.steps, options.guidance, local_blend=options.local_blend)
    clock, attentions = WorkClock(compute.device), Attentions(PairSampler(whole, sampling), whole.unet)
    plan = PairPlan(plan_edit(*_CAPTIONS, tokenisers_of(whole), nouns=("dog", "cat")))
    operations = _operations(attentions, PairRequest(*_CAPTIONS, plan, 0))
    if options.compile:
        compile_networks(whole, decoder=True)
    for size in options.batches:
        torch.compiler.reset()  # only a number of graphs is kept
        requests = [PairRequest(*_CAPTIONS, plan, seed) for seed in range(size)]
        timed = measure(attentions, requests, options.rounds, clock, operations)
        print(f"{timed.line(best)}; {peak_memory(compute.device)}", flush=True)


if __name__ == "__main__":
    main()
