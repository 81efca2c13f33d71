"""The parts of one piece of work side by side, on as many threads as OpenCV may use."""

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import cv2

Part = TypeVar("Part")
Result = TypeVar("Result")


def map_on_cores(function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """The function of every part, in order; pays off where it spends its time in NumPy, OpenCV or a network.

    The caller works too and takes over what no helper has begun: where other work keeps the helpers busy, nothing waits
    for them.
    """
    threads = cv2.getNumThreads()
    if min(threads, len(parts)) < 2:
        return [function(part) for part in parts]
    waiting = deque(range(len(parts)))
    results: dict[int, Result] = {}

    def work() -> None:
        while waiting:
            try:
                index = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            results[index] = function(parts[index])

    helping = [_helpers(threads - 1).submit(work) for _ in range(min(threads, len(parts)) - 1)]
    try:
        work()
    finally:
        waiting.clear()
    for helper in helping:
        if not helper.cancel():
            helper.result()
    return [results[index] for index in range(len(parts))]


@cache
def _helpers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="core")


def cut_bands(height: int, bands: int) -> list[slice]:
    """Rows of an image of that height in so many bands of about one size, none of them empty."""
    edges = [height * band // bands for band in range(bands + 1)]
    return [slice(top, bottom) for top, bottom in itertools.pairwise(edges) if top < bottom]
