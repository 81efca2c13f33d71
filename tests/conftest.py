"""Any app over loopback, and how the tests are divided among processes."""

import gc
import os
import signal
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import settings

from tests.loopback import serving

os.environ["HF_HOME"] = tempfile.gettempdir() + "/imgdiff-tests-hub"  # before the hub's client reads it
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch reads it: tiny models gain nothing, waiting threads spin
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in what it runs in the background

Loopback = Callable[[FastAPI], AbstractContextManager[httpx.Client]]
# Files that one process runs, in this order: with one local set, which the last of them kills.
_TOGETHER = {
    "tests/end_to_end/test_bad_input.py": "local set",
    "tests/end_to_end/test_edited_photos.py": "local set",
    "tests/end_to_end/test_page.py": "local set",
    "tests/end_to_end/test_screenshots.py": "local set",
    "tests/end_to_end/test_serve.py": "local set",
}


gc.disable()  # until all tests are imported: it would look again and again through what stays to the end

settings.register_profile("tests", deadline=None, derandomize=True)  # a busy machine is no fault, and a fault repeats
settings.load_profile("tests")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """`--dist loadfile`: a file's tests run in one process, so that no fixture of a module is made twice."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  absent where tests run in one process

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return _TOGETHER.get(file, file)

    config.option.loadscopereorder = False  # end to end comes first, since it takes longest
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Collect garbage from now on, and look at nothing that was imported: a million objects, 2 s a time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def loopback() -> Loopback:
    """Serves an app on a free port as long as the block lasts, with a client for it."""
    return _served


@contextmanager
def _served(app: FastAPI) -> Iterator[httpx.Client]:
    no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # 50 ms each to load
    with serving(app) as url, httpx.Client(base_url=url, timeout=240, verify=no_certificates) as client:
        yield client


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 server over HTTP."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  takes a second, and few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def s3(s3_endpoint: str) -> Any:
    """boto3's view of the server."""
    import boto3  # noqa: PLC0415  takes a second, and few tests need it

    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests", "region_name": "us-east-1"}
    return boto3.session.Session(**keys).resource("s3", endpoint_url=s3_endpoint)


@pytest.fixture
def bucket(s3: Any, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket that the environment's variables lead to."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_ENDPOINT_URL_S3": s3_endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return s3.create_bucket(Bucket=f"b{uuid4().hex}")
