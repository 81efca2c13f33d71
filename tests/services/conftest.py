"""A service over loopback, ready."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import httpx
import pytest
from fastapi import FastAPI

Ready = Callable[[ExitStack, FastAPI], httpx.Client]


@pytest.fixture(scope="session")
def ready(loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]]) -> Ready:
    """Serves an app until the stack is closed; returns once it is warm."""

    def run(stack: ExitStack, app: FastAPI) -> httpx.Client:
        client = stack.enter_context(loopback(app))
        until = time.monotonic() + 240
        while client.get("/v2/health/ready").status_code != 200:
            assert time.monotonic() < until, "the service did not get ready"
            time.sleep(0.05)
        return client

    return run
