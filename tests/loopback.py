"""An app on a free port of this machine, which starts and ends without uvicorn's waits of a tenth of a second."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

_PAUSE_SECONDS = 0.005  # between two looks while it starts or ends; chosen, not measured
_TICK_SECONDS = 0.1  # between two ticks, which renew the date of answers each second: uvicorn's own


class _Server(uvicorn.Server):
    """uvicorn's pauses make 0.3 s of every test that has a server of its own."""

    _loop: asyncio.AbstractEventLoop | None = None
    _told: asyncio.Event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn; from here on it can be told to end."""
        self._told, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        """Serve until told to end; to look for that every few milliseconds would cost a twelfth of a core."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK_SECONDS)

    def end(self) -> None:
        """Tell it to end, from another thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._told.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn: answer what was asked, cancel it after the configured time, then end the app."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(_PAUSE_SECONDS)
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()
        await self.lifespan.shutdown()


@contextmanager
def serving(app: FastAPI, *, patience: int | None = None, **options: Any) -> Iterator[str]:
    """Its address; open answers are cancelled `patience` seconds after the block's end; `options` are uvicorn's."""
    server = _Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=patience, **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(_PAUSE_SECONDS)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.end()
        thread.join(60)
