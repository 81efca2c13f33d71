"""A gateway with records to export, and a client whose exports break off."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff import Client
from imgdiff.errors import ServiceUnavailable
from imgdiff.records import Record
from tests.gateway.exports.dataset import draw_image, store_image, vary

Store = Callable[[Database, Record], Record]


@pytest.fixture
def url(settings: GatewaySettings, record: Record, store_record: Store, serve) -> str:  # type: ignore[no-untyped-def]
    """A gateway with four records and three images."""
    served: httpx.Client = serve(create_app(settings))
    database = Database(settings.database_url)
    store = AssetStore(settings.assets_url)
    sides = [store_image(database, store, draw_image(640, 480, seed)) for seed in range(3)]
    for one in vary(record, *sides):
        store_record(database, one)
    database.close()
    return str(served.base_url)


def download(url: str, **options: str) -> bytes:
    """The export with its images, unless the options say otherwise."""
    params = {"images": "true", **options}
    return httpx.get(f"{url}/v1/datasets/default/export", params=params, timeout=100).content


class Breaking(Client):
    """A client whose exports break off after some bytes, the first times; `starts` are the bytes it asked for."""

    def __init__(self, url: str, *lengths: int, by_ctrl_c: bool = False) -> None:
        super().__init__(url)
        self.lengths, self.starts, self._cut = list(lengths), [], _press_ctrl_c if by_ctrl_c else cut  # type: ignore[var-annotated]

    def _request(self, call):  # type: ignore[no-untyped-def]
        self.starts.append(int(call.params.get("start", 0)))
        return super()._request(call)

    @contextmanager
    def open_export(self, *arguments, **options):  # type: ignore[no-untyped-def,override]
        with Client.open_export(self, *arguments, **options) as stream:
            limit = self.lengths.pop(0) if self.lengths else None
            yield stream if limit is None else replace(stream, chunks=self._cut(stream.chunks, limit))


def cut(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The first bytes of chunks, then the error of a lost connection."""
    for chunk in chunks:
        yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            raise ServiceUnavailable("the connection broke off")


def _press_ctrl_c(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """The chunks; after the first bytes the main thread is interrupted, whichever thread reads them."""
    for chunk in chunks:
        yield chunk[:limit]
        if len(chunk) >= limit:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # type: ignore[arg-type]
            yield from (bytes((one,)) for one in chunk[limit:])  # slowly, so that no file ends before it is heard
            yield from chunks
            return
        limit -= len(chunk)
