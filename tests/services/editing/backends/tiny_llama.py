"""A llama, tiny and random, with a vocabulary of bytes and a chat template."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from benchmarks.speed.random_captioners import byte_tokenizer

_TEMPLATE = "{% for message in messages %}USER: {{ message.content }} {% endfor %}ASSISTANT:"


def tiny_llama(*, template: bool = True) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    torch.manual_seed(11)
    config = LlamaConfig(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    tokenizer = byte_tokenizer(("<pad>", "<s>", "</s>", "<image>"), {})
    if template:
        tokenizer.chat_template = _TEMPLATE
    return LlamaForCausalLM(config).eval(), tokenizer
