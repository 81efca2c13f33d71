"""FLUX.2 klein: images from text and edits of one image, in few steps, without guidance where it is distilled.

The order of tokens, their positions and the text encoder's layers are those of diffusers' `Flux2KleinPipeline`.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from diffusers import Flux2KleinPipeline
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.editing.backends.instruct.frames import Frame, pad_or_shrink, refuse_shape
from services.editing.backends.instruct.pixels import encode_each, image_of, to_pixels
from services.editing.generation.instruct.pairs import ImageRequest

_MOST_PIXELS = 1024 * 1024  # of a reference, and the next two: the pipeline's own limits
_LEAST_SIDE, _LONGEST_SHAPE = 64, 8  # pixels, and the most times that one side is as long as the other
_PROMPT_TOKENS = 512  # with the chat template


@dataclass(frozen=True)
class _Conditions:
    prompt: torch.Tensor
    text_ids: torch.Tensor
    negative: torch.Tensor | None
    ids: torch.Tensor  # of the latents and of the reference
    reference: torch.Tensor | None


class Flux2Klein:
    """See `FlowModel`; images from text are square, `side` pixels a side."""

    generates = True

    def __init__(self, pipeline: Flux2KleinPipeline, *, side: int, steps: int, guidance: float) -> None:
        self.pipeline, self.steps = pipeline, steps
        self._side, self._guidance = side, guidance
        self._multiple = 2 * pipeline.vae_scale_factor

    def reads(self, prompt: str) -> bool:
        """See `FlowModel`."""
        messages = [{"role": "user", "content": prompt}]
        tokenizer = self.pipeline.tokenizer
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return len(tokenizer(text)["input_ids"]) <= _PROMPT_TOKENS

    def refuse(self, image: RGB) -> Reason | None:
        """See `FlowModel`."""
        return refuse_shape(image, longest=_LONGEST_SHAPE, least=_LEAST_SIDE)

    def key(self, request: ImageRequest) -> Hashable:
        """See `FlowModel`."""
        return self._frame(request).outer, request.image is None

    def latent_shape(self, request: ImageRequest) -> tuple[int, ...]:
        """See `FlowModel`."""
        rows, columns = self._grid(request)
        return self.pipeline.transformer.config.in_channels, rows, columns

    def prepare(self, requests: Sequence[ImageRequest]) -> _Conditions:
        """See `FlowModel`."""
        device = self.pipeline._execution_device
        prompt, text_ids = self.pipeline.encode_prompt([request.prompt for request in requests], device=device)
        negative = None
        if self._guidance > 1:
            negative, _ = self.pipeline.encode_prompt([""] * len(requests), device=device)
        rows, columns = self._grid(requests[0])
        ids = self.pipeline._prepare_latent_ids(torch.empty(len(requests), 1, rows, columns)).to(device)
        if requests[0].image is None:
            return _Conditions(prompt, text_ids, negative, ids, None)
        encoded = encode_each(self._encode, requests)
        positions = self.pipeline._prepare_image_ids([encoded[0]]).to(device).expand(len(requests), -1, -1)
        reference = torch.cat([self.pipeline._pack_latents(one) for one in encoded])
        return _Conditions(prompt, text_ids, negative, torch.cat([ids, positions], dim=1), reference)

    def pack(self, noise: torch.Tensor) -> torch.Tensor:
        """See `FlowModel`."""
        packed: torch.Tensor = self.pipeline._pack_latents(noise)
        return packed

    def shift(self, tokens: int) -> float:
        """See `FlowModel`."""
        shift: float = compute_empirical_mu(tokens, self.steps)
        return shift

    def predict(
        self, latents: torch.Tensor, time: torch.Tensor, conditions: _Conditions, prompt: torch.Tensor
    ) -> torch.Tensor:
        """See `FlowModel`."""
        transformer, reference = self.pipeline.transformer, conditions.reference
        tokens = latents if reference is None else torch.cat([latents, reference], dim=1)
        velocity: torch.Tensor = transformer(
            hidden_states=tokens.to(transformer.dtype),
            timestep=time.expand(len(latents)).to(transformer.dtype) / 1000,
            guidance=None,
            encoder_hidden_states=prompt,
            txt_ids=conditions.text_ids,
            img_ids=conditions.ids,
            return_dict=False,
        )[0]
        return velocity[:, : latents.shape[1]]

    def guide(self, prompted: torch.Tensor, without: torch.Tensor) -> torch.Tensor:
        """See `FlowModel`."""
        return without + self._guidance * (prompted - without)

    def decode(self, latent: torch.Tensor, request: ImageRequest) -> torch.Tensor:
        """See `FlowModel`."""
        vae, (rows, columns) = self.pipeline.vae, self._grid(request)
        grid = latent.T.reshape(1, -1, rows, columns)
        mean, deviation = self._statistics(grid)
        scaled = self.pipeline._unpatchify_latents(grid * deviation + mean)
        pixels: torch.Tensor = vae.decode(scaled.to(vae.dtype), return_dict=False)[0][0]
        return pixels

    def leave(self, picture: RGB, request: ImageRequest) -> RGB:
        """See `FlowModel`."""
        return self._frame(request).leave(picture)

    def _encode(self, request: ImageRequest) -> torch.Tensor:
        """The latents (1 x C x rows x columns) of the image, float32."""
        vae = self.pipeline.vae
        pixels = to_pixels(self._frame(request).enter(image_of(request)), self.pipeline._execution_device, vae.dtype)
        found: torch.Tensor = self.pipeline._encode_vae_image(image=pixels, generator=None)
        return found.float()

    def _statistics(self, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and deviation of the latents' channels, of the autoencoder's batch norm."""
        norm, epsilon = self.pipeline.vae.bn, self.pipeline.vae.config.batch_norm_eps
        deviation = torch.sqrt(norm.running_var.view(1, -1, 1, 1) + epsilon)
        return norm.running_mean.view(1, -1, 1, 1).to(grid), deviation.to(grid)

    def _frame(self, request: ImageRequest) -> Frame:
        if request.image is None:
            return Frame(*((self._side, self._side),) * 3)
        return pad_or_shrink(*request.image.shape[:2], multiple=self._multiple, most=_MOST_PIXELS)

    def _grid(self, request: ImageRequest) -> tuple[int, int]:
        rows, columns = self._frame(request).outer
        return rows // self._multiple, columns // self._multiple
