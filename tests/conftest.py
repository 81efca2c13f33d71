"""Any app over loopback, and how the tests are divided among processes."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

Loopback = Callable[[FastAPI], AbstractContextManager[httpx.Client]]
# One process runs these files, in this order, with one local set; the last file kills it.
_ON_ONE_SET = tuple(f"tests/end_to_end/test_{name}.py" for name in ("bad_input", "edited_photos", "serve"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """`--dist loadfile`: a file's tests run in one process, so that no fixture of a module is made twice."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  absent where tests run in one process

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "local set" if file in _ON_ONE_SET else file

    config.option.loadscopereorder = False  # end to end comes first, since it takes longest
    return ByFile(config, log)


@pytest.fixture(scope="session")
def loopback() -> Loopback:
    """Serves an app on a free port as long as the block lasts, with a client for it."""
    return _served


@contextmanager
def _served(app: FastAPI) -> Iterator[httpx.Client]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        url, no_certificates = f"http://127.0.0.1:{port}", ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # 50 ms each to load
        with httpx.Client(base_url=url, timeout=60, verify=no_certificates) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(15)
