"""The classifier and the embedding that rests on it, on real photographs."""

import numpy as np
import pytest

from services.networks.embedding import CropEmbedder


@pytest.fixture(scope="module")
def embedder(classifier):
    return CropEmbedder(classifier, threads=1)


@pytest.mark.parametrize(("name", "label"), [("coffee.png", "espresso"), ("chelsea.png", "Egyptian cat")])
def test_a_photograph_is_given_its_class(classifier, photo, name, label):
    probabilities = classifier.run([photo(name)]).probabilities[0]

    assert classifier.labels[int(probabilities.argmax())] == label
    assert probabilities.sum() == pytest.approx(1, abs=1e-3)


def test_no_crops_give_no_rows(classifier, embedder):
    classified = classifier.run([])

    assert classified.probabilities.shape == (0, 1000)
    assert classified.embedding.shape == (0, 1280)
    assert embedder.embed([]).shape == (0, 1792)


def test_a_crop_embeds_the_same_whoever_shares_the_batch(embedder, photo):
    crops = [photo(name) for name in ("coffee.png", "chelsea.png", "astronaut.png")] * 6
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])

    np.testing.assert_allclose(embedder.embed(crops), alone, atol=1e-5)


def test_the_same_thing_is_nearer_than_another_thing(embedder, photo):
    coffee, cat = photo("coffee.png"), photo("chelsea.png")
    dimmed = (coffee[20:, 30:] * 0.8).astype(np.uint8)

    vectors = embedder.embed([coffee, dimmed, cat])

    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.7
    assert vectors[0] @ vectors[2] < 0.45
