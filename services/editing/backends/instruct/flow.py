"""Denoising of several images at once by a flow-matching transformer.

It uses the components of diffusers' pipelines and not their `__call__`, which gives all images of a batch the same
reference, or takes no batch. Noise is drawn by a generator of each request on the CPU, in float32, so that it depends
neither on the batch nor on the device; the decoder runs image by image.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from imgdiff.images import RGB
from imgdiff.records import ModelUse, Reason
from services.editing.backends.pixels import to_image
from services.editing.generation.instruct.pairs import ImageRequest
from services.editing.operations.edit import Refused
from services.gpu.compute import Batches

Progress = Callable[[int, int], None]
"""Receives the number of finished steps and of all."""


class Conditions(Protocol):
    """What a transformer is given with the latents of a batch; a negative prompt where it is guided."""

    @property
    def prompt(self) -> torch.Tensor:
        """Features of the batch's prompts."""

    @property
    def negative(self) -> torch.Tensor | None:
        """Features of what images must not show, for each row."""


class FlowModel(Protocol):
    """One architecture."""

    generates: bool
    steps: int
    pipeline: Any

    def reads(self, prompt: str) -> bool:
        """Whether the text encoder reads the whole prompt."""

    def refuse(self, image: RGB) -> Reason | None:
        """Why it cannot edit an image of that shape."""

    def key(self, request: ImageRequest) -> Hashable:
        """Equal for requests that can share a batch."""

    def latent_shape(self, request: ImageRequest) -> tuple[int, ...]:
        """The shape of a request's noise, as the pipeline draws it, without the batch."""

    def prepare(self, requests: Sequence[ImageRequest]) -> Conditions:
        """The conditions of a batch of requests of one key."""

    def pack(self, noise: torch.Tensor) -> torch.Tensor:
        """Noise as tokens, rows x tokens x channels."""

    def shift(self, tokens: int) -> float:
        """The scheduler's `mu` for that many tokens."""

    def predict(self, latents: torch.Tensor, time: torch.Tensor, conditions: Any, prompt: torch.Tensor) -> torch.Tensor:
        """The velocity of latents (rows x tokens x channels) towards a prompt at a time (a scalar, 0..1000)."""

    def guide(self, prompted: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
        """The guided velocity, of those with the prompt and with the negative one."""

    def decode(self, latent: torch.Tensor, request: ImageRequest) -> torch.Tensor:
        """The pixels (3 x H x W, -1..1) of one request's tokens, in the network's frame."""

    def leave(self, picture: RGB, request: ImageRequest) -> RGB:
        """The picture in the frame of the request's image."""


class FlowSampler:
    """See `ImageMaker`. A batch contains requests of one key and is padded to its size. For the owner thread alone."""

    def __init__(
        self,
        model: FlowModel,
        batches: Batches,
        use: ModelUse,
        progress: Progress = lambda done, total: None,  # noqa: ARG005
    ) -> None:
        self.models: tuple[ModelUse, ...] = (use,)
        self.generates, self.steps, self.reads = model.generates, model.steps, model.reads
        self._model, self._batches, self._progress = model, batches, progress

    def __call__(self, requests: Sequence[ImageRequest]) -> list[RGB | Reason | None]:
        """See `ImageMaker`."""
        made: list[RGB | Reason | None] = [
            None if request.image is None else self._model.refuse(request.image) for request in requests
        ]
        groups: dict[Hashable, list[int]] = {}
        for number, request in enumerate(requests):
            if made[number] is None:
                groups.setdefault(self._model.key(request), []).append(number)
        for numbers in groups.values():
            parts = self._batches.run([requests[number] for number in numbers], self.make)
            for number, one in zip(numbers, [one for part in parts for one in part], strict=True):
                made[number] = one
        return made

    def make(self, requests: Sequence[ImageRequest], real: int) -> list[RGB | Reason | None]:
        """The first `real` images, in order; None for those that were cancelled.

        A cancelled request's rows are still computed, so that the bytes of the others do not change; once all are
        cancelled, no further step begins.
        """
        wanted = requests[:real]
        if all(request.cancelled() for request in wanted):
            return [None] * real
        with torch.inference_mode():
            try:
                latents = self._denoise(wanted, requests)
                if latents is None:
                    return [None] * real
                return [
                    None if request.cancelled() else self._finish(latents[row], request)
                    for row, request in enumerate(wanted)
                ]
            finally:
                self._model.pipeline.maybe_free_model_hooks()

    def _denoise(self, wanted: Sequence[ImageRequest], requests: Sequence[ImageRequest]) -> torch.Tensor | None:
        """Tokens of all requests' latents, float32; None if all were cancelled."""
        conditions = self._model.prepare(requests)
        noise = torch.stack([_draw(self._model.latent_shape(request), request.seed) for request in requests])
        latents = self._model.pack(noise.to(self._model.pipeline._execution_device))
        scheduler = self._start_scheduler(latents.shape[1])
        for number, time in enumerate(scheduler.timesteps):
            if all(request.cancelled() for request in wanted):
                return None
            velocity = self._predict(latents, time, conditions).float()
            latents = scheduler.step(velocity, time, latents, return_dict=False)[0]
            self._progress(number + 1, len(scheduler.timesteps))
        return latents

    def _predict(self, latents: torch.Tensor, time: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        prompted = self._model.predict(latents, time, conditions, conditions.prompt)
        if conditions.negative is None:
            return prompted
        return self._model.guide(prompted, self._model.predict(latents, time, conditions, conditions.negative))

    def _start_scheduler(self, tokens: int) -> Any:
        """A new scheduler of the pipeline's kind, since schedulers have a state."""
        pipeline, steps = self._model.pipeline, self._model.steps
        scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
        sigmas = None if scheduler.config.get("use_flow_sigmas") else np.linspace(1.0, 1 / steps, steps)
        scheduler.set_timesteps(
            steps if sigmas is None else None,
            device=pipeline._execution_device,
            sigmas=sigmas,
            mu=self._model.shift(tokens),
        )
        scheduler.set_begin_index(0)  # otherwise it searches for it on the device, which waits
        return scheduler

    def _finish(self, latent: torch.Tensor, request: ImageRequest) -> RGB | Reason:
        try:
            return self._model.leave(to_image(self._model.decode(latent, request)), request)
        except Refused as refused:
            return refused.reason


def _draw(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))
