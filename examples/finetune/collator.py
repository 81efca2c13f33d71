"""Batches for transformers' LLaVA and InternVL: the loss is of the answer alone, the question and images are masked."""

from collections.abc import Sequence

import torch
from PIL import Image
from transformers import BatchFeature, ProcessorMixin

from examples.finetune.samples import Sample

IGNORED = -100
"""The label that the loss leaves out, in transformers."""


class Collator:
    """Makes a batch of samples: token ids, attention, pixels and labels, padded on the right."""

    def __init__(self, processor: ProcessorMixin) -> None:
        self._processor = processor
        self._crops = getattr(processor.image_processor, "do_center_crop", False)

    def __call__(self, samples: Sequence[Sample]) -> BatchFeature:
        """A batch; `labels` are the ids of each answer and of its end, and IGNORED elsewhere."""
        texts, answers = zip(*(self._render(sample) for sample in samples), strict=True)
        images = [[self._fit(image) for image in sample.open_images()] for sample in samples]
        batch = self._processor(
            text=list(texts), images=images, padding=True, padding_side="right", return_tensors="pt"
        )
        batch["labels"] = torch.full_like(batch["input_ids"], IGNORED)
        for row, length in enumerate(answers):
            end = int(batch["attention_mask"][row].sum())
            batch["labels"][row, end - length : end] = batch["input_ids"][row, end - length : end]
        return batch

    def _render(self, sample: Sample) -> tuple[str, int]:
        """The whole text, and how many tokens at its end are the answer with its end.

        All images are in the question, so both texts can be compared before image tokens are inserted.
        """
        tokenizer = self._processor.tokenizer
        asked = self._processor.apply_chat_template(sample.messages[:-1], add_generation_prompt=True, tokenize=False)
        whole = self._processor.apply_chat_template(sample.messages, tokenize=False)
        if tokenizer.eos_token not in whole[len(asked) :]:  # LLaVA's template ends an answer with a blank
            whole = whole.rstrip() + tokenizer.eos_token
        question, text = (tokenizer(one)["input_ids"] for one in (asked, whole))
        if text[: len(question)] != question:
            raise ValueError(f"sample {sample.id}: the chat template changes the question once it is answered")
        return whole, len(text) - len(question)

    def _fit(self, image: Image.Image) -> Image.Image:
        """The image on a square where the processor would cut off what exceeds one, as LLaVA's trainer pads."""
        side = max(image.size)
        if not self._crops or image.size == (side, side):
            return image
        colour = tuple(round(255 * mean) for mean in self._processor.image_processor.image_mean)
        square = Image.new("RGB", (side, side), colour)
        square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
        return square
