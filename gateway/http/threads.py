"""Threads for work that stores something or takes long: their own, so that reads never wait behind it."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

_THREADS = 16  # of the 40 connections to the database, the reads' 40 threads can have the others; chosen, not measured
_limiter: RunVar[CapacityLimiter] = RunVar("imgdiff_store_threads")

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def run_in_store(work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """The result of a function that blocks on the store; at most 16 of them run at a time, others wait their turn."""
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(_THREADS)
        _limiter.set(limiter)
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=limiter)
