"""Patch tokens keep the picture's aspect and follow its content."""

import numpy as np
import onnxruntime
import pytest

from imgdiff import weights
from services.networks.tokens import PatchTokens, choose_grid


@pytest.fixture(scope="module")
def tokens():
    return PatchTokens(threads=1)


def test_tokens_form_a_grid_of_unit_vectors(tokens, photo):
    encoded = tokens(photo("coffee.png"), max_tokens=384)

    assert encoded.shape == (6, 16, 24, 384)
    assert encoded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(encoded, axis=-1), 1, atol=1e-4)
    np.testing.assert_allclose(encoded.mean(axis=-1), 0, atol=1e-4)


def test_tokens_differ_most_where_something_changed(tokens, photo):
    before = photo("coffee.png")
    after = before.copy()
    after[50:150, 425:525] = photo("chelsea.png")[100:200, 150:250]

    distance = 1 - (tokens(before, 384) * tokens(after, 384)).sum(-1).mean(0)

    row, column = np.unravel_index(distance.argmax(), distance.shape)
    assert 2 <= row <= 6
    assert 17 <= column <= 21


@pytest.mark.parametrize(
    ("height", "width", "most"), [(400, 600, 1024), (3000, 4000, 1024), (64, 64, 1024), (100, 4000, 512)]
)
def test_the_grid_stays_within_its_budget_and_keeps_the_aspect(height, width, most):
    rows, columns = choose_grid(height, width, most)

    assert rows * columns <= most
    assert max(rows, columns) >= 16
    assert rows == 4 or abs(columns / rows - width / height) < 0.15 * width / height


def test_a_part_of_the_network_gives_the_same_tokens_as_the_whole(tokens: PatchTokens) -> None:
    image = np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    part = PatchTokens(1, (5, 6))(image)
    assert part.shape[0] == 2
    assert np.abs(part - tokens(image)[:2]).max() < 1e-6


def test_positions_kept_for_a_grid_give_the_numbers_of_the_whole_file(tokens: PatchTokens) -> None:
    image = np.random.default_rng(6).integers(0, 256, (16 * 14, 20 * 14, 3), dtype=np.uint8)
    pixels = ((image / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32)
    session = onnxruntime.InferenceSession(weights.locate("vits14-int8"), providers=["CPUExecutionProvider"])
    (expected,) = session.run(["block5"], {"image": pixels.transpose(2, 0, 1)[None]})
    centred = expected[0, 1:] - expected[0, 1:].mean(-1, keepdims=True)
    expected = centred / np.linalg.norm(centred, axis=-1, keepdims=True)
    for _ in range(2):
        cosines = (tokens(image)[0].reshape(-1, 384) * expected).sum(-1)
        assert cosines.min() > 0.995  # the input is rounded in another order, and the network's weights have 8 bits
