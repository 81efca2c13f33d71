"""Sentences that mean the same are near each other."""

import numpy as np
import pytest

from services.networks.sentences import SentenceEncoder


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder(threads=1)


def test_a_synonym_is_nearer_than_another_thing(encoder):
    dog, puppy, aeroplane = encoder.encode(["a dog", "a puppy", "an aeroplane"])

    assert dog @ puppy > 0.6
    assert dog @ aeroplane < 0.4


def test_a_sentence_encodes_the_same_whoever_shares_the_batch(encoder):
    texts = ["a dog", "a small brown dog on the grass", "cup", "", "a cat", "word " * 500]
    alone = np.concatenate([encoder.encode([text]) for text in texts])

    np.testing.assert_allclose(encoder.encode(texts), alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)


def test_no_sentences_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 384)
