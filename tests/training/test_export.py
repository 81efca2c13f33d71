"""The file that is shipped computes what was learnt."""

import numpy as np
import onnxruntime
import pytest
import torch

from services.detection.evidence.change_layers import LAYERS, NETWORKS, SUMMARISED
from training.change_head import DILATIONS, ChangeHead, hide_networks
from training.export import export_head, import_head


@pytest.fixture(scope="module")
def head() -> ChangeHead:
    torch.manual_seed(1)
    return ChangeHead().eval()


def test_the_exported_graph_is_the_network(head: ChangeHead) -> None:
    local, overall = torch.rand(1, LAYERS, 23, 31), torch.rand(1, 2 * len(SUMMARISED))
    weights = {name: value.numpy() for name, value in head.state_dict().items()}
    session = onnxruntime.InferenceSession(export_head(weights, DILATIONS), providers=["CPUExecutionProvider"])
    (found,) = session.run(["probability"], {"local": local.numpy(), "overall": overall.numpy()})
    with torch.no_grad():
        expected = torch.sigmoid(head(local, overall)).numpy()

    assert np.abs(found - expected).max() < 1e-5


def test_training_can_go_on_from_an_exported_head(head: ChangeHead) -> None:
    weights = {name: value.numpy() for name, value in head.state_dict().items()}
    again = import_head(export_head(weights, DILATIONS))

    assert again.keys() == weights.keys()
    assert all(np.array_equal(again[name], value) for name, value in weights.items())


def test_a_blinded_batch_says_nothing_of_the_networks() -> None:
    batch = {"local": torch.ones(2, LAYERS, 4, 4), "overall": torch.ones(2, 2 * len(SUMMARISED))}
    blind = hide_networks(batch)

    assert blind["local"][:, list(NETWORKS)].sum() == 0
    assert blind["local"][:, 0].sum() == 32
    assert blind["overall"].sum() == 2 * 2 * sum(layer not in NETWORKS for layer in SUMMARISED)
    assert batch["local"].sum() == 2 * LAYERS * 16
