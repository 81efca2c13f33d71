"""CLIP's real tokenizer."""

import pytest

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from benchmarks.speed.random_sdxl import clip_tokenizer  # noqa: E402
from services.editing.generation.prompt_to_prompt.words import Tokenise  # noqa: E402


@pytest.fixture(scope="session")
def tokenise() -> Tokenise:
    tokenizer = clip_tokenizer("!")
    return lambda text: tokenizer(text, add_special_tokens=False).input_ids
