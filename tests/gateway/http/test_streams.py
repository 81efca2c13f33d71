"""What makes an answer is closed when its client leaves."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Message

from gateway.http.streams import ClosingResponse

SCOPE = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET", "path": "/", "headers": []}


def test_what_makes_the_bytes_is_closed_when_the_client_leaves() -> None:
    asyncio.run(_answer_someone_who_leaves())


async def _answer_someone_who_leaves() -> None:
    happened, sent = list[str](), asyncio.Event()

    async def make() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"piece"
        finally:
            happened.append("closed")

    async def leave() -> Message:
        await sent.wait()
        return {"type": "http.disconnect"}

    async def take(message: Message) -> None:
        if message.get("body"):
            sent.set()
        await asyncio.sleep(0)

    making = make()  # which somebody still refers to
    await ClosingResponse(making)(SCOPE, leave, take)

    assert happened == ["closed"]
