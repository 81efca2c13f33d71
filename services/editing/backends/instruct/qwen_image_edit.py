"""Qwen-Image-Edit (2509 and later): edits of one image, with true classifier-free guidance.

The sizes, the order of tokens and the norm of the guided velocity are those of diffusers' `QwenImageEditPlusPipeline`.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from diffusers import QwenImageEditPlusPipeline
from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import (
    CONDITION_IMAGE_SIZE,
    VAE_IMAGE_SIZE,
    calculate_dimensions,
    calculate_shift,
)
from PIL import Image

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.editing.backends.instruct.frames import Frame, refuse_shape, stretch
from services.editing.backends.instruct.pixels import encode_each, image_of, to_pixels
from services.editing.generation.instruct.pairs import ImageRequest

_MULTIPLE = 32  # pixels of a side; the pipeline's rule
_PROMPT_TOKENS = 1024  # the pipeline's limit
_LONGEST_SHAPE = 8  # times as long as high; chosen, not measured


@dataclass(frozen=True)
class _Conditions:
    prompt: torch.Tensor
    negative: torch.Tensor | None
    shapes: list[list[tuple[int, int, int]]]
    reference: torch.Tensor


class QwenImageEdit:
    """See `FlowModel`; without a negative prompt or with guidance up to 1 there is no guidance."""

    generates = False

    def __init__(
        self,
        pipeline: QwenImageEditPlusPipeline,
        *,
        steps: int,
        guidance: float,
        negative: str,
        pixels: int = VAE_IMAGE_SIZE,
    ) -> None:
        self.pipeline, self.steps = pipeline, steps
        self._guidance, self._negative, self._pixels = guidance, negative, pixels

    def reads(self, prompt: str) -> bool:
        """See `FlowModel`."""
        return len(self.pipeline.tokenizer(prompt)["input_ids"]) <= _PROMPT_TOKENS

    def refuse(self, image: RGB) -> Reason | None:
        """See `FlowModel`."""
        return refuse_shape(image, longest=_LONGEST_SHAPE)

    def key(self, request: ImageRequest) -> Hashable:
        """See `FlowModel`: prompts of one length, so that none is padded."""
        return self._frame(request).outer, len(self.pipeline.tokenizer(request.prompt)["input_ids"])

    def latent_shape(self, request: ImageRequest) -> tuple[int, ...]:
        """See `FlowModel`."""
        rows, columns = self._grid(request)
        return 1, self.pipeline.latent_channels, 2 * rows, 2 * columns

    def prepare(self, requests: Sequence[ImageRequest]) -> _Conditions:
        """See `FlowModel`."""
        prompts = encode_each(lambda request: self._read(request, request.prompt), requests)
        negatives = None
        if self._guidance > 1 and self._negative:
            negatives = encode_each(lambda request: self._read(request, self._negative), requests)
        shape = (1, *self._grid(requests[0]))
        return _Conditions(
            torch.cat(prompts),
            None if negatives is None else torch.cat(negatives),
            [[shape, shape]] * len(requests),  # of the latents and of the reference
            torch.cat([self.pack(latents) for latents in encode_each(self._encode, requests)]),
        )

    def pack(self, noise: torch.Tensor) -> torch.Tensor:
        """See `FlowModel`."""
        channels, (rows, columns) = self.pipeline.latent_channels, noise.shape[-2:]
        packed: torch.Tensor = self.pipeline._pack_latents(noise, len(noise), channels, rows, columns)
        return packed

    def shift(self, tokens: int) -> float:
        """See `FlowModel`."""
        config = self.pipeline.scheduler.config
        names = ("base_image_seq_len", 256), ("max_image_seq_len", 4096), ("base_shift", 0.5), ("max_shift", 1.15)
        shift: float = calculate_shift(tokens, *(config.get(name, usual) for name, usual in names))
        return shift

    def predict(
        self, latents: torch.Tensor, time: torch.Tensor, conditions: _Conditions, prompt: torch.Tensor
    ) -> torch.Tensor:
        """See `FlowModel`."""
        transformer = self.pipeline.transformer
        velocity: torch.Tensor = transformer(
            hidden_states=torch.cat([latents, conditions.reference], dim=1).to(transformer.dtype),
            timestep=time.expand(len(latents)).to(transformer.dtype) / 1000,
            guidance=None,
            encoder_hidden_states_mask=None,
            encoder_hidden_states=prompt,
            img_shapes=conditions.shapes,
            return_dict=False,
        )[0]
        return velocity[:, : latents.shape[1]]

    def guide(self, prompted: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
        """See `FlowModel`."""
        guided = without + self._guidance * (prompted - without)
        norm, guided_norm = (torch.norm(one, dim=-1, keepdim=True) for one in (prompted, guided))
        rescaled: torch.Tensor = guided * (norm / guided_norm)
        return rescaled

    def decode(self, latent: torch.Tensor, request: ImageRequest) -> torch.Tensor:
        """See `FlowModel`."""
        vae, (rows, columns) = self.pipeline.vae, self._frame(request).outer
        grid = self.pipeline._unpack_latents(latent[None], rows, columns, self.pipeline.vae_scale_factor)
        mean, deviation = self._statistics(grid)
        pixels: torch.Tensor = vae.decode((grid * deviation + mean).to(vae.dtype), return_dict=False)[0][0, :, 0]
        return pixels

    def leave(self, picture: RGB, request: ImageRequest) -> RGB:
        """See `FlowModel`."""
        return self._frame(request).leave(picture)

    def _read(self, request: ImageRequest, text: str) -> torch.Tensor:
        """The text encoder's features (1 x tokens x d) of a prompt beside the image, which it sees small."""
        rows, columns = self._frame(request).outer
        columns, rows = calculate_dimensions(CONDITION_IMAGE_SIZE, columns / rows)
        small = self.pipeline.image_processor.resize(Image.fromarray(image_of(request)), rows, columns)
        features, _ = self.pipeline.encode_prompt(text, [small], device=self.pipeline._execution_device)
        found: torch.Tensor = features
        return found

    def _encode(self, request: ImageRequest) -> torch.Tensor:
        """The latents (1 x C x 1 x rows x columns) of the image, float32."""
        vae = self.pipeline.vae
        pixels = to_pixels(self._frame(request).enter(image_of(request)), self.pipeline._execution_device, vae.dtype)
        found: torch.Tensor = self.pipeline._encode_vae_image(image=pixels[:, :, None], generator=None)
        return found.float()

    def _statistics(self, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and deviation of the latents' channels, of the autoencoder's configuration."""
        config = self.pipeline.vae.config
        mean, deviation = (
            torch.tensor(values).view(1, -1, 1, 1, 1).to(grid) for values in (config.latents_mean, config.latents_std)
        )
        return mean, deviation

    def _frame(self, request: ImageRequest) -> Frame:
        return stretch(*image_of(request).shape[:2], multiple=_MULTIPLE, pixels=self._pixels)

    def _grid(self, request: ImageRequest) -> tuple[int, int]:
        """Rows and columns of tokens."""
        rows, columns = self._frame(request).outer
        patch = 2 * self.pipeline.vae_scale_factor
        return rows // patch, columns // patch
