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
from diffusers.models.attention_processor import AttnProcessor2_0
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.area_speed import Clock, peak
from benchmarks.machine import header
from benchmarks.random_sdxl import BASE, TINY, Config, pipeline
from services.editing.backends.attention import PairLayers
from services.editing.backends.denoising import PairSampler, Sampling
from services.editing.backends.sdxl import tokenisers_of
from services.editing.prompt_to_prompt.pairs import PairOrder
from services.editing.prompt_to_prompt.plans import PairPlan, plan_edit
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


def measure(
    sampler: PairSampler, unet: torch.nn.Module, orders: Sequence[PairOrder], rounds: int, clock: Clock
) -> Timed:
    """Both kinds, after a run of each that warms up."""

    def run() -> None:
        sampler.make(orders, len(orders))

    def plainly() -> None:
        unet.set_attn_processor(AttnProcessor2_0())
        run()

    def sharing() -> None:
        sampler.layers = PairLayers(unet)
        run()

    sharing()
    with FlopCounterMode(display=False) as counter:
        plainly()
    seconds = [(_seconds(sharing, clock), _seconds(plainly, clock)) for _ in range(rounds)]
    shared, plain = zip(*seconds, strict=True)
    return Timed(len(orders), shared, plain, counter.get_total_flops())


def _seconds(run: Callable[[], None], clock: Clock) -> float:
    started = clock.now()
    run()
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


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print."""
    asked = _asked(given)
    compute = compute_on(asked.device, 1)  # of the processor: one thread tells how much was worked
    cuda = compute.device.type == "cuda"
    torch.manual_seed(0)
    whole = pipeline(SMALL if asked.small else BASE, asked.device, getattr(torch, asked.dtype))
    best = peak(compute, 8192 if cuda else 512)
    name = torch.cuda.get_device_name(compute.device) if cuda else "processor"
    print(*header("benchmarks.sdxl_speed"), sep="\n")
    print(f"device: {name}, torch {torch.__version__}, bf16 matrix product {best / 1e12:.2f} TFLOP/s")
    parameters = sum(one.numel() for one in whole.unet.parameters()) / 1e6
    print(f"UNet of {parameters:.4g} million parameters, {asked.dtype}; {asked.side}x{asked.side} pixels")
    print(f"{asked.steps} steps, guidance {asked.guidance:g}, local blend {'on' if asked.local_blend else 'off'}")
    sampling = Sampling(asked.side, asked.side, asked.steps, asked.guidance, local_blend=asked.local_blend)
    sampler, clock = PairSampler(whole, sampling), WorkClock(compute.device)
    plan = PairPlan(plan_edit(*_CAPTIONS, tokenisers_of(whole), nouns=("dog", "cat")))
    for size in asked.batches:
        orders = [PairOrder(*_CAPTIONS, plan, seed) for seed in range(size)]
        print(measure(sampler, whole.unet, orders, asked.rounds, clock).line(best))


if __name__ == "__main__":
    main()
