"""Inpainting of real photos by SDXL: the hole and its surroundings at the network's size, and the paint pasted back."""

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
from services.editing.backends.sdxl.decoding import decoded
from services.editing.removal.inpainting import Margins, dilated, pasted, seen, surroundings
from services.gpu.compute import Batches
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.masks import grow_mask
from services.imaging.resizing import resize
from services.serving.cancellation import Cancellation

_MULTIPLE = 8


@dataclass(frozen=True)
class Painting:
    """How a hole is painted; the defaults are SDXL turbo's, as in the paper's object removal (2.8)."""

    side: int = 512
    steps: int = 4
    strength: float = 0.85
    guidance: float = 0.0
    negative: str = ""
    margins: Margins = field(default_factory=Margins)

    def __post_init__(self) -> None:
        """Raises ValueError where so weak a painting of so few steps has none."""
        if int(self.steps * self.strength) < 1:
            raise ValueError(f"{self.steps} steps of strength {self.strength:g} are none: raise one of the two")


class SdxlInpainter:
    """Paints one hole at a time by a prompt; `stepped` is told the number of steps done and of all.

    Only the owner thread uses it.
    """

    def __init__(
        self, pipeline: StableDiffusionXLInpaintPipeline, painting: Painting, use: ModelUse,
        stepped: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
    ) -> None:  # fmt: skip
        self.models: tuple[ModelUse, ...] = (use,)
        self._pipeline = pipeline
        self._decoder = deepcopy(pipeline.vae).float()  # the pipeline rounds its own to the UNet's arithmetic
        self._painting, self._stepped = painting, stepped
        self._alone = Batches(1, lambda: None)  # one at a time, so there is nothing to halve
        pipeline.set_progress_bar_config(disable=True)
        logging.getLogger("diffusers.pipelines.stable_diffusion_xl").setLevel(logging.ERROR)  # it tells prompts cut off
        logging.getLogger("diffusers.models.modeling_utils").setLevel(logging.ERROR)  # of each of the pipeline's casts

    def paint(self, image: RGB, thing: Flags, prompt: str, seed: int, cancellation: Cancellation) -> tuple[RGB, Flags]:
        """See `PromptedInpainter`."""
        margins = self._painting.margins
        hole = dilated(thing, margins)
        feather = margins.of(thing)[1]
        box = surroundings(hole)
        crop, inside = seen(image, hole, box)
        rows, columns = self._size(crop)
        drawn = self._drawn(
            resize(crop, rows, columns), resize(_white(inside), rows, columns), prompt, seed, cancellation
        )
        painted = image.copy()
        painted[window(box)] = resize(drawn, *inside.shape)
        return pasted(image, painted, hole, feather), grow_mask(hole, feather)

    def _drawn(self, image: RGB, hole: RGB, prompt: str, seed: int, cancellation: Cancellation) -> RGB:
        """Raises ServiceUnavailable where the device's memory is too small for the moment."""

        def drawn(prompts: Sequence[str], _real: int) -> RGB:
            return self._denoised(image, hole, prompts[0], seed, cancellation)

        (result,) = self._alone.run([prompt], drawn)
        return result

    def _denoised(self, image: RGB, hole: RGB, prompt: str, seed: int, cancellation: Cancellation) -> RGB:
        def stepped(pipeline: Any, step: int, _time: object, given: dict[str, Any]) -> dict[str, Any]:
            self._stepped(step + 1, pipeline.num_timesteps)
            cancellation.check()
            return given

        chosen = self._painting
        cancellation.check()
        with torch.inference_mode():
            answer = self._pipeline(
                prompt=prompt, image=Image.fromarray(image), mask_image=Image.fromarray(hole), height=image.shape[0],
                width=image.shape[1], strength=chosen.strength, num_inference_steps=chosen.steps,
                guidance_scale=chosen.guidance, negative_prompt=chosen.negative or None,
                generator=torch.Generator().manual_seed(seed), callback_on_step_end=stepped,
                output_type="latent",
            )  # fmt: skip
            return decoded(self._decoder, answer.images[0])

    def _size(self, crop: RGB) -> tuple[int, int]:
        """Rows and columns for the network: the longer side as asked."""
        scale = self._painting.side / max(crop.shape[:2])
        multiple = max(_MULTIPLE, self._pipeline.vae_scale_factor)
        rows, columns = (max(multiple, round(side * scale / multiple) * multiple) for side in crop.shape[:2])
        return rows, columns


def _white(inside: Flags) -> RGB:
    return np.where(inside, 255, 0).astype(np.uint8)
