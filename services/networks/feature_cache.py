"""What networks made of recent images, by the network's weights and the image's pixels, bounded in bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np

from imgdiff.images import RGB
from services.imaging.arrays import Floats

Value = TypeVar("Value")
Key = tuple[tuple[int, ...], bytes]


def key_of(image: RGB) -> Key:
    """Shape and digest of an image, equal for equal pixels."""
    return image.shape, blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()


Count = Callable[[bool, int], None]


def count_nothing(known: bool, held: int) -> None:
    """Counts neither hits nor misses."""


class FeatureCache:
    """Drops what was used least recently; several threads may use it.

    A value is what the network would return again, bit for bit; arrays are read-only, since requests share them.
    `count` receives whether a value was known, and the bytes of all values.
    """

    def __init__(self, most_bytes: int, count: Count = count_nothing) -> None:
        self._most = most_bytes
        self._count = count
        self._known: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Of all values."""
        return self._bytes

    def get(self, network: Hashable, image: RGB, make: Callable[[], Value], size: int | None = None) -> Value:
        """The network's value for the image, made where it is not known; `size` in bytes, of an array its own."""
        if not self._most:
            return make()
        key = network, key_of(image)
        found = self._find(key)
        if found is not None:
            known: Value = found[0]
            return known
        return self._keep(key, make(), size)

    def get_all(
        self, network: Hashable, images: Sequence[RGB], make: Callable[[Sequence[RGB]], Sequence[Floats]]
    ) -> list[Floats]:
        """The values of all images in order; those that are not known are made together, each distinct one once."""
        keys = [(network, key_of(image)) for image in images]
        values = {key: found[0] for key in dict.fromkeys(keys) if (found := self._find(key)) is not None}
        missing = {key: image for key, image in zip(keys, images, strict=True) if key not in values}
        made = make(list(missing.values())) if missing else ()
        values |= {key: self._keep(key, value, None) for key, value in zip(missing, made, strict=True)}
        return [values[key] for key in keys]

    def _find(self, key: Hashable) -> tuple[Any, int] | None:
        if not self._most:
            return None
        with self._lock:
            found = self._known.get(key)
            if found is None:
                return None
            self._known.move_to_end(key)
        self._count(True, self._bytes)
        return found

    def _keep(self, key: Hashable, value: Value, size: int | None) -> Value:
        if not self._most:
            return value
        kept: Any = value
        if isinstance(value, np.ndarray):
            kept = value.copy() if value.base is not None else value  # a row would keep all others of its array alive
            kept.setflags(write=False)
            size = kept.nbytes
        self._store(key, kept, size or 0)
        self._count(False, self._bytes)
        shared: Value = kept
        return shared

    def _store(self, key: Hashable, value: object, size: int) -> None:
        with self._lock:
            if key in self._known or size > self._most:
                return
            self._known[key] = value, size
            self._bytes += size
            while self._bytes > self._most:
                _, (_, dropped) = self._known.popitem(last=False)
                self._bytes -= dropped
