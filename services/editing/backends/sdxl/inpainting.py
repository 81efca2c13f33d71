"""Inpainting of photos by SDXL: the hole and its context at the network's size, and the result pasted back."""

import logging
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionXLInpaintPipeline
from PIL import Image

from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.backends.sdxl.decoding import decode
from services.editing.removal.inpainting import Margins, context_box, crop_both, dilate_hole, paste_hole
from services.gpu.compute import Batches
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.masks import grow_mask
from services.imaging.resizing import resize
from services.serving.cancellation import Cancellation

_MULTIPLE = 8  # of the pixels of a side; the autoencoder halves it three times


@dataclass(frozen=True)
class Painting:
    """How a hole is painted; the defaults are those of SDXL turbo, as in the paper's object removal (2.8)."""

    side: int = 512
    steps: int = 4
    strength: float = 0.85
    guidance: float = 0.0
    negative: str = ""
    margins: Margins = field(default_factory=Margins)

    def __post_init__(self) -> None:
        """Raises ValueError if the strength leaves no step."""
        if int(self.steps * self.strength) < 1:
            raise ValueError(f"no step is left of {self.steps} at strength {self.strength:g}: raise one of the two")


class SdxlInpainter:
    """Paints one hole at a time by a prompt; `progress` receives the number of finished steps and of all.

    Only the owner thread uses it.
    """

    def __init__(
        self,
        pipeline: StableDiffusionXLInpaintPipeline,
        painting: Painting,
        use: ModelUse,
        progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
    ) -> None:
        self.models: tuple[ModelUse, ...] = (use,)
        self._pipeline = pipeline
        pipeline.vae.register_to_config(force_upcast=True)  # otherwise it encodes the UNet's dtype with float32 weights
        self._decoder = deepcopy(pipeline.vae).float()  # the pipeline casts its own to the UNet's dtype
        self._painting, self._progress = painting, progress
        self._alone = Batches(1, lambda: None)  # a batch of one cannot be halved
        pipeline.set_progress_bar_config(disable=True)
        # they log every prompt that is cut off and each of the pipeline's casts
        for noisy in ("diffusers.pipelines.stable_diffusion_xl", "diffusers.models.modeling_utils"):
            logging.getLogger(noisy).setLevel(logging.ERROR)

    def paint(self, image: RGB, mask: Flags, prompt: str, seed: int, cancellation: Cancellation) -> tuple[RGB, Flags]:
        """See `PromptedInpainter`."""
        margins = self._painting.margins
        hole = dilate_hole(mask, margins)
        feather = margins.pixels(mask)[1]
        box = context_box(hole)
        crop, inside = crop_both(image, hole, box)
        rows, columns = self._size(crop)
        result = self._generate(
            resize(crop, rows, columns), resize(_white(inside), rows, columns), prompt, seed, cancellation
        )
        painted = image.copy()
        painted[window(box)] = resize(result, *inside.shape)
        return paste_hole(image, painted, hole, feather), grow_mask(hole, feather)

    def _generate(self, image: RGB, hole: RGB, prompt: str, seed: int, cancellation: Cancellation) -> RGB:
        """One batch of one; raises ServiceUnavailable where the device's memory ran out."""

        def generate(prompts: Sequence[str], _real: int) -> RGB:
            return self._denoise(image, hole, prompts[0], seed, cancellation)

        (result,) = self._alone.run([prompt], generate)
        return result

    def _denoise(self, image: RGB, hole: RGB, prompt: str, seed: int, cancellation: Cancellation) -> RGB:
        def finish_step(pipeline: Any, step: int, _time: object, state: dict[str, Any]) -> dict[str, Any]:
            self._progress(step + 1, pipeline.num_timesteps)
            cancellation.check()
            return state

        chosen = self._painting
        cancellation.check()
        with torch.inference_mode():
            answer = self._pipeline(
                prompt=prompt,
                image=Image.fromarray(image),
                mask_image=Image.fromarray(hole),
                height=image.shape[0],
                width=image.shape[1],
                strength=chosen.strength,
                num_inference_steps=chosen.steps,
                guidance_scale=chosen.guidance,
                negative_prompt=chosen.negative or None,
                generator=torch.Generator().manual_seed(seed),
                callback_on_step_end=finish_step,
                output_type="latent",
            )
            return decode(self._decoder, answer.images[0])

    def _size(self, crop: RGB) -> tuple[int, int]:
        """Rows and columns for the network; the longer side is the setting's."""
        scale = self._painting.side / max(crop.shape[:2])
        multiple = max(_MULTIPLE, self._pipeline.vae_scale_factor)
        rows, columns = (max(multiple, round(side * scale / multiple) * multiple) for side in crop.shape[:2])
        return rows, columns


def _white(inside: Flags) -> RGB:
    return np.where(inside, 255, 0).astype(np.uint8)
