"""Bodies: how long they are waited for, and how much room they take together."""

import asyncio
from typing import Any

import pytest

from imgdiff.errors import Overloaded, RequestTimeout
from imgdiff.listening.bodies import Patience, Room


def _sends(size: int, after: float = 0.0) -> Any:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(after)
        return {"type": "http.request", "body": b"x" * size, "more_body": True}

    return receive


async def _drip(patience: Patience, pieces: int, size: int, pause: float) -> None:
    for _ in range(pieces):
        await patience.wait(_sends(size, pause))


def test_a_body_that_stands_still_is_given_up() -> None:
    with pytest.raises(RequestTimeout, match=r"at 1000 bytes a second, with pauses of 0\.05 s at most"):
        asyncio.run(_drip(Patience(0.05, 1000), 1, 1, 60))


def test_a_body_that_trickles_is_given_up_though_it_never_stands_still() -> None:
    with pytest.raises(RequestTimeout):
        asyncio.run(_drip(Patience(0.2, 1000), 1000, 1, 0.02))


def test_a_body_that_comes_fast_enough_takes_as_long_as_it_needs() -> None:
    asyncio.run(_drip(Patience(0.5, 1000), 20, 1000, 0.05))


def test_bytes_that_came_at_once_buy_no_longer_pause_than_others() -> None:
    async def main() -> None:
        patience = Patience(0.1, 1000)
        await patience.wait(_sends(1_000_000))
        await patience.wait(_sends(1, 60))

    with pytest.raises(RequestTimeout):
        asyncio.run(main())


def test_without_a_rate_any_byte_buys_the_whole_pause_again() -> None:
    asyncio.run(_drip(Patience(0.5, 0), 20, 1, 0.05))


def test_bodies_take_the_room_there_is_and_give_it_back() -> None:
    shown: list[int] = []
    room = Room(100, shown.append)
    room.take(60)
    with pytest.raises(Overloaded) as refused:
        room.take(41)
    room.give(60)
    room.take(100)

    assert refused.value.retry_after is not None
    assert shown == [60, 0, 100]
