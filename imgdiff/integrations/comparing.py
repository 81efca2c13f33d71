"""Comparing a batch of pairs by a gateway: several at once, and each failure in the row that it belongs to."""

import asyncio
import threading
import weakref
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar, Unpack

from imgdiff.client.asynchronous import AsyncClient
from imgdiff.client.options import OptionFields, parse_options
from imgdiff.errors import ImgdiffError
from imgdiff.integrations.cells import read_cell
from imgdiff.integrations.rows import PREFIX, Row, failed, found, to_columns

CONCURRENCY = 8  # pairs that wait for their record at once; chosen, not measured
_CLOSE_SECONDS = 5.0  # that the end of a program waits for the connections; chosen, not measured
Value = TypeVar("Value")


class PairComparer:
    """Compares pairs by one gateway, `concurrency` of them at once.

    It may be pickled: a copy opens connections of its own when it first compares. Raises InvalidRequest for options
    that no gateway takes.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        concurrency: int = CONCURRENCY,
        wait_seconds: float | None = None,
        **options: Unpack[OptionFields],
    ) -> None:
        parse_options(options)
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}; at least 1 pair has to be compared at once")
        self._url, self._concurrency, self._wait_seconds, self._options = url, concurrency, wait_seconds, options
        self._worker: _Worker | None = None

    def compare(self, images1: Sequence[object], images2: Sequence[object]) -> list[Row]:
        """One row a pair, in their order: what was found, or the problem."""
        if self._worker is None:
            self._worker = _Worker(self._url)
            weakref.finalize(self, self._worker.close)
        return self._worker.run(self._compare_all(self._worker.client, images1, images2))

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_worker": None}  # neither a thread nor a connection can be copied

    async def _compare_all(
        self, client: AsyncClient, images1: Sequence[object], images2: Sequence[object]
    ) -> list[Row]:
        free = asyncio.Semaphore(self._concurrency)

        async def compare(cell1: object, cell2: object) -> Row:
            async with free:
                return await self._compare(client, cell1, cell2)

        return await asyncio.gather(*map(compare, images1, images2))

    async def _compare(self, client: AsyncClient, cell1: object, cell2: object) -> Row:
        try:
            image1 = await asyncio.to_thread(read_cell, cell1, "image1")
            image2 = await asyncio.to_thread(read_cell, cell2, "image2")
            return found(await client.compare(image1, image2, wait_seconds=self._wait_seconds, **self._options))
        except ImgdiffError as error:
            return failed(error)
        except Exception as error:  # noqa: BLE001  whatever a library makes of one odd cell costs one row, not the batch
            return failed(ImgdiffError(f"{type(error).__name__}: {error}"))


class Comparer(Protocol):
    """Compares pairs: by a gateway, or by engines in this process."""

    def compare(self, images1: Sequence[object], images2: Sequence[object]) -> list[Row]:
        """One row a pair, in their order: what was found, or the problem."""


class Columns:
    """Compares two columns of images, which have these names; `prefix` begins those of the new columns."""

    def __init__(self, names: tuple[str, str], prefix: str, comparer: Comparer) -> None:
        self._names, self._prefix, self._comparer = names, prefix, comparer

    def _compare(self, images1: Sequence[object], images2: Sequence[object]) -> dict[str, list[object]]:
        """The new columns."""
        return to_columns(self._comparer.compare(images1, images2), self._prefix)


class ColumnComparer(Columns):
    """Compares two columns of images by a gateway; the base of the classes for tables. See `PairComparer`."""

    def __init__(
        self,
        image1: str = "image1",
        image2: str = "image2",
        *,
        url: str | None = None,
        concurrency: int = CONCURRENCY,
        wait_seconds: float | None = None,
        prefix: str = PREFIX,
        **options: Unpack[OptionFields],
    ) -> None:
        comparer = PairComparer(url, concurrency=concurrency, wait_seconds=wait_seconds, **options)
        super().__init__((image1, image2), prefix, comparer)


class _Worker:
    """A client with the event loop that it belongs to, in a thread, since the caller may have a running loop."""

    def __init__(self, url: str | None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="imgdiff", daemon=True)
        self._thread.start()
        self.client = self.run(_open(url))

    def run(self, work: Coroutine[object, object, Value]) -> Value:
        """The result of a coroutine in the thread's loop."""
        future: Future[Value] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C ends the work, too
            raise

    def close(self) -> None:
        """Close the connections and end the thread; it may be this one, if the last reference is dropped there."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        if threading.current_thread() is not self._thread:
            self._thread.join(_CLOSE_SECONDS)

    def _serve(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _end(self) -> None:
        await self.client.close()
        self._loop.stop()


async def _open(url: str | None) -> AsyncClient:
    return AsyncClient(url)
