"""SDXL's denoising loop over the two images of several pairs at once.

It uses the components of diffusers' pipeline and not its `__call__`, which knows neither pairs nor cancelling. A pair's
two images start from the same noise, drawn by a generator of their own on the processor: what shares a batch with them
or which device computes changes nothing of it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature

import cv2
import numpy as np
import torch
from diffusers import SchedulerMixin, StableDiffusionXLPipeline

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.backends.sdxl.attention import LARGEST_MAP, PairLayers, SharedAttention
from services.editing.backends.sdxl.decoding import decoded
from services.editing.backends.sdxl.local_blend import THRESHOLD, LocalBlend
from services.editing.generation.prompt_to_prompt.pairs import MadePair, PairOrder
from services.editing.generation.prompt_to_prompt.plans import steps_of
from services.gpu.compute import Batches
from services.imaging.arrays import Flags

_BLEND_FROM = 0.2  # share of the steps; before it the maps show too little (Prompt-to-Prompt's own)


@dataclass(frozen=True)
class Sampling:
    """How images are made: pixels a side, steps, guidance (none up to 1), and what they must not show."""

    width: int = 1024
    height: int = 1024
    steps: int = 50  # this and the next: the paper's code
    guidance: float = 7.5
    negative: str = ""
    local_blend: bool = False
    blend_threshold: float = THRESHOLD
    largest_map: int = LARGEST_MAP


class PairSampler:
    """Makes pairs; `stepped` is told the number of steps done and of all. Only the owner thread uses it."""

    def __init__(
        self, pipeline: StableDiffusionXLPipeline, sampling: Sampling,
        stepped: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
    ) -> None:  # fmt: skip
        self._pipeline = pipeline
        self._sampling = sampling
        self._stepped = stepped
        self._device, self._dtype = pipeline.unet.device, pipeline.unet.dtype
        self.layers = PairLayers(pipeline.unet)
        logging.getLogger("diffusers.pipelines.stable_diffusion_xl").setLevel(logging.ERROR)  # it tells prompts cut off

    def make(self, orders: Sequence[PairOrder], real: int) -> list[MadePair | None]:
        """The first `real` pairs, in order; None for those that were cancelled.

        A cancelled pair's rows are computed on as ballast, so that its neighbours' bytes stay what they are alone;
        once all are cancelled no step is begun.
        """
        if all(order.cancelled() for order in orders[:real]):
            return [None] * real
        with torch.inference_mode():
            try:
                return self._made(orders[:real], orders)
            finally:
                self.layers.shared = None

    def _made(self, wanted: Sequence[PairOrder], orders: Sequence[PairOrder]) -> list[MadePair | None]:
        plans, size = [order.plan for order in orders], self._latent_size()
        blend = None
        if self._sampling.local_blend:
            blend = LocalBlend(plans, size, self._device, threshold=self._sampling.blend_threshold)
        latents = self._denoised(wanted, orders, blend)
        if latents is None:
            return [None] * len(wanted)
        inside = None if blend is None else blend.inside()[:, 0].cpu().numpy()
        made: list[MadePair | None] = []
        for number, order in enumerate(wanted):
            if order.cancelled():
                made.append(None)
                continue
            image1, image2 = (decoded(self._pipeline.vae, latents[row]) for row in (number, len(orders) + number))
            made.append(MadePair(image1, image2, None if inside is None else _enlarged(inside[number], image1)))
        return made

    def _denoised(
        self, wanted: Sequence[PairOrder], orders: Sequence[PairOrder], blend: LocalBlend | None
    ) -> torch.Tensor | None:
        """Latents of all bases, then of all edits; None if nobody wants them any more."""
        steps, guided = self._sampling.steps, self._sampling.guidance > 1
        prompts, pooled = self._prompts(orders, guided=guided)
        added = {"text_embeds": pooled, "time_ids": self._time_ids(len(prompts))}
        scheduler = type(self._pipeline.scheduler).from_config(self._pipeline.scheduler.config)  # it keeps a state
        scheduler.set_timesteps(steps, device=self._device)
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(0)  # or it looks for its place on the device, and waits
        generators, noise = self._noise(orders)
        latents: torch.Tensor = noise * scheduler.init_noise_sigma
        stochastic = _stochastic(scheduler, generators)
        shared = SharedAttention(
            [order.plan for order in orders], steps, self._device, self._dtype,
            largest_map=self._sampling.largest_map, blend=blend,
        )  # fmt: skip
        self.layers.shared = shared
        for number, time in enumerate(scheduler.timesteps):
            if all(order.cancelled() for order in wanted):
                return None
            step = number * steps // len(scheduler.timesteps)  # a scheduler of second order takes two times a step
            shared.begin(step)
            rows = scheduler.scale_model_input(latents.repeat(2 if guided else 1, 1, 1, 1), time).to(self._dtype)
            noise = self._pipeline.unet(
                rows, time, encoder_hidden_states=prompts, added_cond_kwargs=added, return_dict=False
            )[0].float()
            if guided:
                without, following = noise.chunk(2)
                noise = without + self._sampling.guidance * (following - without)
            latents = scheduler.step(noise, time, latents, **stochastic, return_dict=False)[0]
            if blend is not None and step >= steps_of(_BLEND_FROM, steps):
                blend.blend(latents)
            self._stepped(number + 1, len(scheduler.timesteps))
        return latents

    def _latent_size(self) -> tuple[int, int]:
        scale = self._pipeline.vae_scale_factor
        return self._sampling.height // scale, self._sampling.width // scale

    def _noise(self, orders: Sequence[PairOrder]) -> tuple[list[torch.Generator], torch.Tensor]:
        """A generator for each row, those of a pair in the same state, and the rows' noise (2N x C x h x w)."""
        shape = (self._pipeline.unet.config.in_channels, *self._latent_size())
        generators = [torch.Generator().manual_seed(order.seed) for order in (*orders, *orders)]
        noise = torch.stack([torch.randn(shape, generator=generator) for generator in generators])
        return generators, noise.to(self._device)

    def _prompts(self, orders: Sequence[PairOrder], *, guided: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Both encoders' features (rows x 77 x d) and the pooled ones, for the rows as `attention` orders them."""
        texts = [order.caption1 for order in orders] + [order.caption2 for order in orders]
        given, without, pooled, pooled_without = self._pipeline.encode_prompt(
            texts, device=self._device, do_classifier_free_guidance=guided,
            negative_prompt=self._sampling.negative or None,
        )  # fmt: skip
        if not guided:
            return given.to(self._dtype), pooled.to(self._dtype)
        return torch.cat([without, given]).to(self._dtype), torch.cat([pooled_without, pooled]).to(self._dtype)

    def _time_ids(self, rows: int) -> torch.Tensor:
        """SDXL is told the size of the original and of the crop, and that nothing was cut off."""
        size = (self._sampling.height, self._sampling.width)
        return torch.tensor([[*size, 0, 0, *size]], device=self._device, dtype=self._dtype).repeat(rows, 1)


class BatchedSampler:
    """See `PairMaker`: a sampler fed batches of one size, halved where memory runs out."""

    def __init__(self, sampler: PairSampler, batches: Batches, use: ModelUse) -> None:
        self.models: tuple[ModelUse, ...] = (use,)
        self._sampler, self._batches = sampler, batches

    def __call__(self, orders: Sequence[PairOrder]) -> list[MadePair | None]:
        """See `PairMaker`."""
        return [pair for part in self._batches.run(orders, self._sampler.make) for pair in part]


def _stochastic(scheduler: SchedulerMixin, generators: list[torch.Generator]) -> dict[str, list[torch.Generator]]:
    """A generator for each row, for the schedulers that draw noise in their steps."""
    return {"generator": generators} if "generator" in signature(scheduler.step).parameters else {}


def _enlarged(inside: Flags, image: RGB) -> Flags:
    grown = cv2.resize(inside.astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(grown > 0)
