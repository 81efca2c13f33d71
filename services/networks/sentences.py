"""MiniLM: sentences as vectors whose cosine measures how close they are in meaning (Wang et al., 2020)."""

from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer

from imgdiff import weights
from services.imaging.arrays import Floats
from services.imaging.vectors import normalize
from services.networks.runtime import onnx_session

WEIGHTS = ("minilm-int8", "minilm-tokenizer")
WIDTH = 384  # components of a sentence vector of MiniLM-L6
_MOST_TOKENS = 64  # a caption's first sentence or two; chosen, not measured
_LARGEST_BATCH = 64  # sentences at once; chosen, not measured


class SentenceEncoder:
    """Encodes English sentences; tokens beyond the 64th are ignored."""

    def __init__(self, threads: int) -> None:
        self._session = onnx_session(weights.locate("minilm-int8"), threads)
        self._tokenizer = Tokenizer.from_file(str(weights.locate("minilm-tokenizer")))
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (N, 384), each row of unit length, in order."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(tokens), WIDTH), np.float32)
        for rows in _batch_by_length(tokens):
            vectors[rows] = self._encode([tokens[row] for row in rows])
        return vectors

    def _encode(self, tokens: Sequence[Sequence[int]]) -> Floats:
        ids = np.array(tokens, np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden = np.asarray(self._session.run(["last_hidden_state"], inputs)[0], np.float32)
        return normalize(hidden.mean(axis=1))


def _batch_by_length(tokens: Sequence[Sequence[int]]) -> list[list[int]]:
    """Group rows of equal length, so that nothing is padded."""
    by_length: dict[int, list[int]] = {}
    for row, ids in enumerate(tokens):
        by_length.setdefault(len(ids), []).append(row)
    return [
        rows[start : start + _LARGEST_BATCH]
        for rows in by_length.values()
        for start in range(0, len(rows), _LARGEST_BATCH)
    ]
