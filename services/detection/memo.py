"""A memo of a network's results by pixels, so that it sees each distinct image once."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from imgdiff.images import RGB
from services.networks.feature_cache import Key, key_of

Result = TypeVar("Result")


class Memo(Generic[Result]):
    """Keeps a network's results for as long as one batch of pairs is processed."""

    def __init__(self, network: Callable[[Sequence[RGB]], Sequence[Result]]) -> None:
        self._network = network
        self._results: dict[Key, Result] = {}

    def __call__(self, groups: Sequence[Sequence[RGB]]) -> tuple[list[list[Result]], list[int]]:
        """Results in the shape of the groups, and how many images each group was the first to need."""
        keys = [[key_of(image) for image in group] for group in groups]
        missing: dict[Key, RGB] = {}
        rows = []
        for group, group_keys in zip(groups, keys, strict=True):
            before = len(missing)
            for image, key in zip(group, group_keys, strict=True):
                if key not in self._results:
                    missing.setdefault(key, image)
            rows.append(len(missing) - before)
        if missing:
            self._results.update(zip(missing, self._network(list(missing.values())), strict=True))
        return [[self._results[key] for key in group_keys] for group_keys in keys], rows
