"""SDXL's denoising loop over the two images of several pairs at once.

It uses the components of diffusers' pipeline and not its `__call__`, which supports neither pairs nor cancellation. A
pair's two images start from the same noise, drawn by their own generators on the CPU, so that it depends neither on the
batch nor on the device.
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
from imgdiff.records import ModelUse, Reason
from services.editing.backends.sdxl.attention import PairLayers, SharedAttention
from services.editing.backends.sdxl.decoding import decode
from services.editing.backends.sdxl.local_blend import THRESHOLD, LocalBlend
from services.editing.generation.pairs import GeneratedPair
from services.editing.generation.prompt_to_prompt.pairs import PairRequest
from services.editing.generation.prompt_to_prompt.plans import count_steps
from services.editing.operations.edit import Refused
from services.gpu.compute import Batches
from services.imaging.arrays import Flags

_LATENTS_PER_TOKEN = 4  # of a side, in the smallest layers that lend maps: width / 32 of the paper's code, in pixels
_BLEND_FROM = 0.2  # share of the steps, before which the maps show too little; Prompt-to-Prompt's code


@dataclass(frozen=True)
class Sampling:
    """How images are generated; guidance is off up to 1, `negative` is the negative prompt."""

    width: int = 1024
    height: int = 1024
    steps: int = 50  # this and the next: the paper's code
    guidance: float = 7.5
    negative: str = ""
    local_blend: bool = False
    blend_threshold: float = THRESHOLD


class PairSampler:
    """Generates pairs; `progress` receives the number of finished steps and of all. Only the owner thread uses it."""

    def __init__(
        self,
        pipeline: StableDiffusionXLPipeline,
        sampling: Sampling,
        progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
    ) -> None:
        self._pipeline = pipeline
        self._sampling = sampling
        self._progress = progress
        self._device, self._dtype = pipeline.unet.device, pipeline.unet.dtype
        self.layers = PairLayers(pipeline.unet)
        # it logs every prompt that is cut off
        logging.getLogger("diffusers.pipelines.stable_diffusion_xl").setLevel(logging.ERROR)

    def make(self, requests: Sequence[PairRequest], real: int) -> list[GeneratedPair | Reason | None]:
        """The first `real` pairs, in order; None for those that were cancelled, a reason for those that failed.

        A cancelled pair's rows are still computed, so that the bytes of the other pairs do not change; once all are
        cancelled, no further step begins.
        """
        if all(request.cancelled() for request in requests[:real]):
            return [None] * real
        with torch.inference_mode():
            try:
                return self._generate(requests[:real], requests)
            finally:
                self.layers.shared = None

    def _generate(
        self, wanted: Sequence[PairRequest], requests: Sequence[PairRequest]
    ) -> list[GeneratedPair | Reason | None]:
        plans, size = [request.plan for request in requests], self._latent_size()
        blend = LocalBlend(plans, size, self._device, threshold=self._sampling.blend_threshold)
        latents = self._denoise(wanted, requests, blend)
        if latents is None:
            return [None] * len(wanted)
        inside = blend.inside()[:, 0].cpu().numpy()
        return [
            None if request.cancelled() else self._finish(latents[number :: len(requests)], inside[number])
            for number, request in enumerate(wanted)
        ]

    def _finish(self, latents: torch.Tensor, inside: Flags) -> GeneratedPair | Reason:
        """The images of a pair's two latents, with the place of its nouns on the latents' grid."""
        try:
            image1, image2 = (decode(self._pipeline.vae, latent) for latent in latents)
        except Refused as refused:
            return refused.reason
        return GeneratedPair(image1, image2, _enlarge(inside, image1))

    def _denoise(
        self, wanted: Sequence[PairRequest], requests: Sequence[PairRequest], blend: LocalBlend
    ) -> torch.Tensor | None:
        """Latents of all bases, then of all edits; None if all pairs were cancelled."""
        steps, guided = self._sampling.steps, self._sampling.guidance > 1
        prompts, pooled = self._encode_prompts(requests, guided=guided)
        added = {"text_embeds": pooled, "time_ids": self._build_time_ids(len(prompts))}
        scheduler = self._start_scheduler()
        generators, noise = self._draw_noise(requests)
        latents: torch.Tensor = noise * scheduler.init_noise_sigma
        stochastic = _stochastic(scheduler, generators)
        shared = SharedAttention(
            [request.plan for request in requests],
            steps,
            self._device,
            self._dtype,
            largest_map=self._largest_map(),
            blend=blend,
        )
        self.layers.shared = shared
        for number, time in enumerate(scheduler.timesteps):
            if all(request.cancelled() for request in wanted):
                return None
            step = number * steps // len(scheduler.timesteps)  # a scheduler of second order has two times for a step
            shared.begin(step)
            rows = scheduler.scale_model_input(latents.repeat(2 if guided else 1, 1, 1, 1), time).to(self._dtype)
            noise = self._pipeline.unet(
                rows, time, encoder_hidden_states=prompts, added_cond_kwargs=added, return_dict=False
            )[0].float()
            if guided:
                without, prompted = noise.chunk(2)
                noise = without + self._sampling.guidance * (prompted - without)
            latents = scheduler.step(noise, time, latents, **stochastic, return_dict=False)[0]
            if self._sampling.local_blend and step >= count_steps(_BLEND_FROM, steps):
                blend.blend(latents)
            self._progress(number + 1, len(scheduler.timesteps))
        return latents

    def _start_scheduler(self) -> SchedulerMixin:
        """A new scheduler of the pipeline's kind, since schedulers have a state."""
        scheduler = type(self._pipeline.scheduler).from_config(self._pipeline.scheduler.config)
        scheduler.set_timesteps(self._sampling.steps, device=self._device)
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(0)  # otherwise it searches for it on the device, which waits
        return scheduler

    def _latent_size(self) -> tuple[int, int]:
        scale = self._pipeline.vae_scale_factor
        return self._sampling.height // scale, self._sampling.width // scale

    def _largest_map(self) -> int:
        """Tokens of the largest layers whose maps the edit borrows: (width / 32) squared, of the paper's code."""
        rows, columns = (-(-side // _LATENTS_PER_TOKEN) for side in self._latent_size())
        return rows * columns

    def _draw_noise(self, requests: Sequence[PairRequest]) -> tuple[list[torch.Generator], torch.Tensor]:
        """A generator for each row, both of a pair in the same state, and the rows' noise (2N x C x h x w)."""
        shape = (self._pipeline.unet.config.in_channels, *self._latent_size())
        generators = [torch.Generator().manual_seed(request.seed) for request in (*requests, *requests)]
        noise = torch.stack([torch.randn(shape, generator=generator) for generator in generators])
        return generators, noise.to(self._device)

    def _encode_prompts(self, requests: Sequence[PairRequest], *, guided: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Both encoders' features (rows x 77 x d) and the pooled ones (rows x d), in the row order of `attention`."""
        texts = [request.caption1 for request in requests] + [request.caption2 for request in requests]
        prompted, without, pooled, pooled_without = self._pipeline.encode_prompt(
            texts,
            device=self._device,
            do_classifier_free_guidance=guided,
            negative_prompt=self._sampling.negative or None,
        )
        if not guided:
            return prompted.to(self._dtype), pooled.to(self._dtype)
        return torch.cat([without, prompted]).to(self._dtype), torch.cat([pooled_without, pooled]).to(self._dtype)

    def _build_time_ids(self, rows: int) -> torch.Tensor:
        """SDXL's size conditioning: original size, no crop, target size."""
        size = (self._sampling.height, self._sampling.width)
        return torch.tensor([[*size, 0, 0, *size]], device=self._device, dtype=self._dtype).repeat(rows, 1)


class BatchedSampler:
    """See `PairMaker`: a sampler in batches of one size, halved where memory runs out."""

    def __init__(self, sampler: PairSampler, batches: Batches, use: ModelUse) -> None:
        self.models: tuple[ModelUse, ...] = (use,)
        self._sampler, self._batches = sampler, batches

    def __call__(self, requests: Sequence[PairRequest]) -> list[GeneratedPair | Reason | None]:
        """See `PairMaker`."""
        return [pair for part in self._batches.run(requests, self._sampler.make) for pair in part]


def _stochastic(scheduler: SchedulerMixin, generators: list[torch.Generator]) -> dict[str, list[torch.Generator]]:
    """A generator for each row, for schedulers that draw noise at their steps."""
    return {"generator": generators} if "generator" in signature(scheduler.step).parameters else {}


def _enlarge(inside: Flags, image: RGB) -> Flags:
    grown = cv2.resize(inside.astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(grown > 0)
