"""Silence is counted in looks, from the last sign of life; a stop of the watching process does not count."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imgdiff.local.probes import LOADING, BeatProbe, Health
from imgdiff.local.watch import START_SECONDS, Watch

PATIENCE = 10.0


@dataclass
class Scripted:
    """Answers what it is set to; None never answers."""

    health: Health | None = field(default_factory=lambda: Health(alive=True))
    recovery: float = 5.0

    def reset(self) -> None:
        """Nothing is remembered."""

    async def ask(self) -> Health:
        """The answer."""
        if self.health is None:
            await asyncio.Event().wait()
        assert self.health is not None
        return self.health


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The loop that the questions run in."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


def _look(watch: Watch, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """Look once a second."""
    for _ in range(int(seconds)):
        watch.look(loop, 1.0)
        loop.run_until_complete(asyncio.sleep(0))


def test_silence_after_an_answer_hangs_at_the_bound(loop: asyncio.AbstractEventLoop) -> None:
    probe = Scripted()
    watch = Watch(probe, PATIENCE)
    _look(watch, loop, 100)
    assert watch.answers
    assert watch.ready
    assert not watch.hangs

    probe.health = None
    _look(watch, loop, PATIENCE - 2)
    assert not watch.answers
    assert not watch.hangs
    _look(watch, loop, 5)

    assert watch.hangs
    watch.restart()
    assert not watch.hangs


def test_the_first_answer_may_take_as_long_as_a_start(loop: asyncio.AbstractEventLoop) -> None:
    watch = Watch(Scripted(health=None), PATIENCE)

    _look(watch, loop, START_SECONDS)
    assert not watch.hangs
    _look(watch, loop, 2)

    assert watch.hangs
    watch.close()


def test_one_that_says_that_it_is_dead_hangs_too(loop: asyncio.AbstractEventLoop) -> None:
    probe = Scripted()
    watch = Watch(probe, PATIENCE)
    _look(watch, loop, 5)

    probe.health = Health(alive=False, state="the model broke")
    _look(watch, loop, PATIENCE + 3)

    assert watch.hangs
    assert watch.trouble == "the model broke"


def test_a_stop_of_this_process_counts_as_one_look(loop: asyncio.AbstractEventLoop) -> None:
    probe = Scripted()
    watch = Watch(probe, PATIENCE)
    _look(watch, loop, 5)
    probe.health = None

    for _ in range(5):
        watch.look(loop, 3600.0)

    assert not watch.hangs


def test_an_excused_one_has_its_time_to_recover_besides(loop: asyncio.AbstractEventLoop) -> None:
    probe = Scripted()
    watch = Watch(probe, PATIENCE)
    _look(watch, loop, 5)
    probe.health = None

    for _ in range(100):
        _look(watch, loop, 1)
        watch.excuse()
    _look(watch, loop, PATIENCE + probe.recovery)
    assert not watch.hangs
    _look(watch, loop, 2)

    assert watch.hangs


def test_the_last_beat_of_an_earlier_process_is_no_sign_of_the_next(
    loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    beat = tmp_path / "beat"
    watch = Watch(BeatProbe(beat), PATIENCE)
    for seconds in range(5):
        beat.touch()
        os.utime(beat, (seconds, seconds))
        _look(watch, loop, 2)
    assert watch.answered
    os.utime(beat, (100, 100))

    watch.restart()
    _look(watch, loop, PATIENCE + 5)

    assert not watch.answered
    assert not watch.hangs


def test_loading_is_neither_ready_nor_trouble(loop: asyncio.AbstractEventLoop) -> None:
    watch = Watch(Scripted(Health(alive=True, state=LOADING)), PATIENCE)

    _look(watch, loop, 5)

    assert watch.answers
    assert not watch.ready
    assert watch.trouble is None
