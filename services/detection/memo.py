"""Once: a network sees each distinct picture one time, whoever asks for it."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

import numpy as np

from imgdiff.images import RGB

Answer = TypeVar("Answer")
_Key = tuple[tuple[int, ...], bytes]


class Once(Generic[Answer]):
    """Remembers a network's answers by pixels, for as long as one batch of pairs is worked on."""

    def __init__(self, network: Callable[[Sequence[RGB]], Sequence[Answer]]) -> None:
        self._network = network
        self._known: dict[_Key, Answer] = {}

    def __call__(self, groups: Sequence[Sequence[RGB]]) -> tuple[list[list[Answer]], list[int]]:
        """Answers in the shape of the groups, and how many rows each group was the first to need."""
        keys = [[_key(image) for image in group] for group in groups]
        unknown: dict[_Key, RGB] = {}
        rows = []
        for group, named in zip(groups, keys, strict=True):
            before = len(unknown)
            for image, key in zip(group, named, strict=True):
                if key not in self._known:
                    unknown.setdefault(key, image)
            rows.append(len(unknown) - before)
        if unknown:
            self._known.update(zip(unknown, self._network(list(unknown.values())), strict=True))
        return [[self._known[key] for key in named] for named in keys], rows


def _key(image: RGB) -> _Key:
    return image.shape, blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
