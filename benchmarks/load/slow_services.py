"""Detection that works on one pair at a time, for as long as a file says, and captioning that answers at once.

`slow_services PORT FOLDER` reads the seconds from `FOLDER/seconds` for each pair, and notes in `FOLDER/log` when it
began and when a client dropped its call.
"""

import asyncio
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.load.instant_services import answer_to
from gateway.pipeline.stage_table import STAGES
from imgdiff.jobs import StageName

_DETECTION = STAGES[StageName.DETECTION].path.encode()


async def _answer(folder: Path, turn: asyncio.Lock, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            await reader.readexactly(int(fields.get(b"content-length", b"0")))
            path = head.split(b" ", 2)[1]
            if path == _DETECTION:
                await _work(folder, turn, reader)
            writer.write(answer_to(path))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _work(folder: Path, turn: asyncio.Lock, reader: asyncio.StreamReader) -> None:
    """Wait for the turn, then for as long as the work takes; raises ConnectionError when the client is gone."""
    working = asyncio.create_task(_take_time(folder, turn))
    gone = asyncio.create_task(reader.read(1))  # a client that waits sends nothing
    await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        return
    working.cancel()
    _note(folder, "dropped")
    raise ConnectionError


async def _take_time(folder: Path, turn: asyncio.Lock) -> None:
    async with turn:
        _note(folder, "begun")
        await asyncio.sleep(float((folder / "seconds").read_text()))


def _note(folder: Path, what: str) -> None:
    with (folder / "log").open("a") as log:
        log.write(f"{what} {time.time():.4f}\n")


async def _serve(port: int, folder: Path) -> None:
    server = await asyncio.start_server(partial(_answer, folder, asyncio.Lock()), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
