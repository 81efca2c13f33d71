"""Seconds a pair of editing's backend `sdxl`, beside the same networks without Prompt-to-Prompt and beside the floor.

The networks are SDXL's with random weights: speed does not depend on what they learned. Both kinds of attention take
turns in one run, on the same rows: two images a pair, each with and without its prompt. The floor is the pair's
floating-point operations, counted while the plain networks run, at the device's own bf16 matrix product. Everything is
in the time: text encoders, all steps, and the decoder in float32. The paper's authors needed 13.2 A100-seconds a pair.
On a processor, time is what one thread worked for this process, so that other programs do not count.
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
from benchmarks.speed.areas import Clock, peak
from benchmarks.speed.random_sdxl import BASE, TINY, Config, pipeline
from services.editing.backends.sdxl.compiling import compile_networks
from services.editing.backends.sdxl.denoising import PairSampler, Sampling
from services.editing.backends.sdxl.engine import tokenisers_of
from services.editing.generation.prompt_to_prompt.pairs import PairOrder
from services.editing.generation.prompt_to_prompt.plans import PairPlan, plan_edit
from services.gpu.compute import compute_on

_CAPTIONS = "a brown dog lying on a red sofa next to a window", "a brown cat lying on a red sofa next to a window"

# What a processor can do: latents of half the image's side, attention on as many tokens as SDXL's smaller maps have.
SMALL: Mapping[str, Config] = {
    **TINY,
    "unet": {
        **TINY["unet"], "block_out_channels": (64, 128, 256), "attention_head_dim": (2, 4, 8),
        "transformer_layers_per_block": (1, 1, 2),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """Seconds of whole batches, both kinds taking turns, and the plain kind's operations."""

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
    """Seconds on the device; on a processor those that it worked for this process."""

    def now(self) -> float:
        """See `Clock`."""
        return super().now() if self._device.type == "cuda" else time.process_time()


class Attentions:
    """Both kinds of attention of one sampler, to take turns: what was compiled for one is found again."""

    def __init__(self, sampler: PairSampler, unet: UNet2DConditionModel) -> None:
        self._sampler, self._unet = sampler, unet
        self._shared = dict(unet.attn_processors)
        self._plain = {name: AttnProcessor2_0() for name in self._shared}

    def sharing(self, orders: Sequence[PairOrder]) -> None:
        """Make the pairs as in service."""
        self._unet.set_attn_processor(dict(self._shared))
        self._sampler.make(orders, len(orders))

    def plainly(self, orders: Sequence[PairOrder]) -> None:
        """Make the same images without Prompt-to-Prompt."""
        self._unet.set_attn_processor(dict(self._plain))
        self._sampler.make(orders, len(orders))


def measure(attentions: Attentions, orders: Sequence[PairOrder], rounds: int, clock: Clock, operations: int) -> Timed:
    """Both kinds, after a run of each that warms up; `operations` is one pair's."""
    attentions.sharing(orders)
    attentions.plainly(orders)
    seconds = [
        (_seconds(attentions.sharing, orders, clock), _seconds(attentions.plainly, orders, clock))
        for _ in range(rounds)
    ]
    shared, plain = zip(*seconds, strict=True)
    return Timed(len(orders), shared, plain, operations * len(orders))


def _operations(attentions: Attentions, order: PairOrder) -> int:
    with FlopCounterMode(display=False) as counter:
        attentions.plainly([order])
    return counter.get_total_flops()


def _seconds(run: Callable[[Sequence[PairOrder]], None], orders: Sequence[PairOrder], clock: Clock) -> float:
    started = clock.now()
    run(orders)
    return clock.now() - started


def _asked(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cuda = torch.cuda.is_available()
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    parser.add_argument("--small", action="store_true", default=not cuda, help="small networks; default without CUDA")
    parser.add_argument("--batches", nargs="+", type=int, help="pairs a batch, default 1 4 8 (small: 1 2)")
    parser.add_argument("--side", type=int, help="pixels a side, default 1024 (small: 128)")
    parser.add_argument("--steps", type=int, help="default 50 (small: 4)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--guidance", type=float, default=7.5)
    parser.add_argument("--dtype", choices=["bfloat16", "float16", "float32"], help="default bfloat16 (small: float32)")
    parser.add_argument("--local-blend", action="store_true")
    parser.add_argument("--compile", action="store_true", help="both kinds compiled, as with SDXL_COMPILE")
    asked = parser.parse_args(given)
    sizes = {
        "batches": [1, 2] if asked.small else [1, 4, 8],
        "side": 128 if asked.small else 1024,
        "steps": 4 if asked.small else 50,
    }
    sizes["dtype"] = "float32" if asked.small else "bfloat16"
    for name, value in sizes.items():
        setattr(asked, name, getattr(asked, name) or value)
    return asked


def _on(asked: bool) -> str:
    return "on" if asked else "off"


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print."""
    asked = _asked(given)
    compute = compute_on(asked.device, 1)  # of the processor: one thread tells how much was worked
    cuda = compute.device.type == "cuda"
    torch.manual_seed(0)
    whole = pipeline(SMALL if asked.small else BASE, asked.device, getattr(torch, asked.dtype))
    best = peak(compute, 8192 if cuda else 512)
    name = torch.cuda.get_device_name(compute.device) if cuda else "processor"
    print(*header("benchmarks.speed.sdxl"), sep="\n")
    print(f"device: {name}, torch {torch.__version__}, bf16 matrix product {best / 1e12:.2f} TFLOP/s")
    parameters = sum(one.numel() for one in whole.unet.parameters()) / 1e6
    print(f"UNet of {parameters:.4g} million parameters, {asked.dtype}; {asked.side}x{asked.side} pixels")
    print(f"{asked.steps} steps, guidance {asked.guidance:g}")
    print(f"local blend {_on(asked.local_blend)}, compiled {_on(asked.compile)}")
    sampling = Sampling(asked.side, asked.side, asked.steps, asked.guidance, local_blend=asked.local_blend)
    clock, attentions = WorkClock(compute.device), Attentions(PairSampler(whole, sampling), whole.unet)
    plan = PairPlan(plan_edit(*_CAPTIONS, tokenisers_of(whole), nouns=("dog", "cat")))
    operations = _operations(attentions, PairOrder(*_CAPTIONS, plan, 0))
    if asked.compile:
        compile_networks(whole, decoder=True)
    for size in asked.batches:
        torch.compiler.reset()  # graphs are kept up to a number
        orders = [PairOrder(*_CAPTIONS, plan, seed) for seed in range(size)]
        print(measure(attentions, orders, asked.rounds, clock, operations).line(best), flush=True)


if __name__ == "__main__":
    main()
