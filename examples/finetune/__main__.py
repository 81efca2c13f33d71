"""Fine-tune LLaVA-1.5 or InternVL on an export with transformers' Trainer; every option of the Trainer is one here."""

from dataclasses import dataclass, field

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor, HfArgumentParser, Trainer, TrainingArguments

from examples.finetune.collator import Collator
from examples.finetune.samples import Samples


@dataclass
class Options:
    """What is trained on what."""

    model: str = field(metadata={"help": "Folder or hub name, such as llava-hf/llava-1.5-7b-hf."})
    data: list[str] = field(metadata={"help": "Files of conversations, such as llava/difference_train.json."})
    validation: list[str] = field(default_factory=list, metadata={"help": "Files to measure the loss on at the end."})
    dtype: str = field(default="float32", metadata={"help": "Of the weights; float32 with --bf16 is the safe choice."})
    train_vision: bool = field(default=False, metadata={"help": "Train the vision tower, too; the paper does not."})
    max_patches: int | None = field(default=None, metadata={"help": "Most tiles an image, of InternVL."})


def train(options: Options, arguments: TrainingArguments) -> dict[str, float]:
    """Train, save model and processor in the output folder, and return the Trainer's metrics."""
    samples, validation = Samples(options.data), Samples(options.validation)
    if not len(samples):
        raise ValueError(f"no samples in {', '.join(options.data)}")
    processor = AutoProcessor.from_pretrained(options.model)
    if options.max_patches is not None:
        processor.image_processor.max_patches = options.max_patches
    model = AutoModelForImageTextToText.from_pretrained(options.model, dtype=getattr(torch, options.dtype))
    for name, parameter in model.named_parameters():
        if "vision_tower" in name and not options.train_vision:
            parameter.requires_grad = False
    model.config.use_cache = False  # of no use in training, and in the way of gradient checkpointing
    arguments.remove_unused_columns = False  # the collator gets whole samples
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=samples,
        eval_dataset=validation,
        data_collator=Collator(processor),
        processing_class=processor,
    )
    metrics = trainer.train(resume_from_checkpoint=arguments.resume_from_checkpoint).metrics
    if len(validation):
        metrics |= trainer.evaluate()
    trainer.save_model()
    return metrics


if __name__ == "__main__":
    print(train(*HfArgumentParser((Options, TrainingArguments)).parse_args_into_dataclasses()))
