"""The files that are shipped compute what was learnt."""

import numpy as np
import onnxruntime
import pytest
import torch

from services.detection.evidence.change_layers import LAYERS, NETWORK_LAYERS, SUMMARISED
from services.networks.tokens import WIDTH
from training.export import export_plain, export_whole
from training.head_networks import BLOCKS, PlainHead, WholeHead


@pytest.fixture(autouse=True)
def same_weights() -> None:
    torch.manual_seed(1)


def _run(graph: bytes, inputs: dict[str, torch.Tensor]) -> np.ndarray:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (found,) = session.run(["probability"], {name: value.numpy() for name, value in inputs.items()})
    return np.asarray(found)


@torch.no_grad()
def test_the_exported_plain_head_is_the_network() -> None:
    head = PlainHead().eval()
    inputs = {"local": torch.rand(1, LAYERS, 23, 31), "overall": torch.rand(1, 2 * len(SUMMARISED))}
    weights = {name: value.numpy() for name, value in head.state_dict().items()}

    expected = torch.sigmoid(head(**inputs)).numpy()

    assert np.abs(_run(export_plain(weights), inputs) - expected).max() < 1e-5


@torch.no_grad()
def test_the_exported_head_with_tokens_is_the_network() -> None:
    head = WholeHead().eval()
    inputs = {"local": torch.rand(1, LAYERS + NETWORK_LAYERS, 23, 31), "overall": torch.rand(1, 2 * len(SUMMARISED))}
    tokens = {
        f"tokens{side}": torch.nn.functional.normalize(torch.randn(BLOCKS, 7, 9, WIDTH), dim=-1) for side in (1, 2)
    }
    weights = {name: value.numpy() for name, value in head.state_dict().items()}

    expected = torch.sigmoid(head(**inputs, **{name: value[None] for name, value in tokens.items()})[0]).numpy()

    assert np.abs(_run(export_whole(weights), {**inputs, **tokens}) - expected).max() < 1e-5
