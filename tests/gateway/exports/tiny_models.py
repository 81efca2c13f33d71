"""LLaVA-1.5 and InternVL3: their architectures, tiny and random, saved as the hub lays their files out."""

from pathlib import Path

from transformers import (
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVideoProcessor,
    InternVLVisionConfig,
    Qwen2Config,
)
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

from benchmarks.speed.random_captioners import TINY, byte_tokenizer, captioner


def save_llava(folder: Path) -> Path:
    """LLaVA-1.5's architecture and files; its template ends no answer, like the published one."""
    model, processor = captioner("llava", TINY)
    processor.chat_template = (
        "{% for message in messages %}{{ message['role'].upper() }}: {% for part in message['content'] %}"
        "{% if part['type'] == 'image' %}{{ '<image>\n' }}{% endif %}{% endfor %}{% for part in message['content'] %}"
        "{% if part['type'] == 'text' %}{{ part['text'] + ' ' }}{% endif %}{% endfor %}{% endfor %}"
        "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def save_internvl(folder: Path) -> Path:
    """InternVL3's architecture and files, of two images of one or more tiles of 32 pixels."""
    text = Qwen2Config(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
    )
    vision = InternVLVisionConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        image_size=(32, 32),
        patch_size=(8, 8),
    )
    config = InternVLConfig(text_config=text, vision_config=vision, image_token_id=4, image_seq_length=4)
    InternVLForConditionalGeneration(config).save_pretrained(folder)
    _internvl_processor().save_pretrained(folder)
    return folder


def _internvl_processor() -> InternVLProcessor:
    special = ("<pad>", "<s>", "<|im_end|>", "<|im_start|>", "<IMG_CONTEXT>", "<img>", "</img>", "<video>")
    named = {
        "context_image_token": "<IMG_CONTEXT>",
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "video_token": "<video>",
    }
    return InternVLProcessor(
        image_processor=GotOcr2ImageProcessorPil(size={"height": 32, "width": 32}, crop_to_patches=True, max_patches=4),
        tokenizer=byte_tokenizer(special, named),
        video_processor=InternVLVideoProcessor(),
        image_seq_length=4,
        chat_template=(
            "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
            "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<IMG_CONTEXT>\n' }}"
            "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
        ),
    )
