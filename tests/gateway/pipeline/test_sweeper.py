"""The sweeper survives what goes wrong in a sweep, and stops only between two of them."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.pipeline.broker import Broker
from gateway.pipeline.sweeper import Sweeper
from gateway.settings import GatewaySettings
from gateway.store.engine import Database


@dataclass(frozen=True)
class Acting(Sweeper):
    """One whose sweep is a script."""

    act: Callable[[], None] = lambda: None
    began: threading.Event = field(default_factory=threading.Event)

    def sweep(self) -> None:
        self.began.set()
        self.act()


def _run(sweeper: Acting, until: Callable[[], bool]) -> None:
    async def stopped() -> None:
        stopping = asyncio.Event()
        running = asyncio.create_task(sweeper.run(stopping))
        while not until():  # noqa: ASYNC110  what it waits for happens in other threads
            await asyncio.sleep(0.001)
        stopping.set()
        await asyncio.wait_for(running, 10)

    asyncio.run(stopped())


def test_a_sweep_that_has_begun_ends_before_its_database_is_closed(
    settings: GatewaySettings, database: Database
) -> None:
    ended: list[int] = []

    def slow() -> None:
        with database.reading() as session:
            session.connection()
            threading.Event().wait(0.2)
        ended.append(1)

    broker = Broker(settings)
    sweeper = Acting(settings, database, broker, slow)
    _run(sweeper, sweeper.began.is_set)

    assert ended == [1]
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    broker.close()


def test_a_failed_sweep_is_followed_by_another(settings: GatewaySettings, database: Database) -> None:
    sweeps: list[int] = []

    def failing() -> None:
        sweeps.append(1)
        raise ArithmeticError

    broker = Broker(settings)
    _run(Acting(settings, database, broker, failing), lambda: len(sweeps) >= 3)

    assert len(sweeps) >= 3
    broker.close()
