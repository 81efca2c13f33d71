"""A local chat model: its draws depend on their seeds alone."""

from pathlib import Path

import pytest
import torch

from services.editing.backends.rewriters.transformers import SeededNoise, TransformersChat, load_chat
from services.gpu.compute import Batches, Compute
from services.gpu.weights import model_folder
from services.llm.chat import Question


@pytest.fixture
def chat(llama_folder: Path, processor: Compute) -> TransformersChat:
    folder = model_folder(str(llama_folder), "SETTING", stage="editing")
    batches = Batches(3, pytest.fail)
    return load_chat(folder, "float32", processor, setting="SETTING", batches=batches, spent=lambda *_: None)


def test_draws_depend_on_their_seed_alone(chat: TransformersChat) -> None:
    questions = [Question("Hello" * (1 + seed % 2), 8, temperature=0.8, seed=seed) for seed in range(6)]
    together = chat.ask(questions)

    assert [chat.ask([one])[0] for one in questions[:3]] == together[:3]
    assert chat.ask(questions[::-1]) == together[::-1]
    assert len({one.text for one in together}) > 2


def test_without_temperature_the_seed_is_nothing(chat: TransformersChat) -> None:
    greedy = chat.ask([Question("Hello", 6, seed=seed) for seed in (1, 2, 3)])

    assert len({one.text for one in greedy}) == 1


def test_noise_draws_from_the_softmax() -> None:
    scores = torch.tensor([[2.0, 0.0, 1.0]]).repeat(4000, 1)
    drawn = SeededNoise([1.0] * 4000, range(4000))(torch.zeros(4000, 1), scores).argmax(1)

    shares = torch.bincount(drawn, minlength=3) / 4000
    assert torch.allclose(shares, scores[0].softmax(0), atol=0.03)
