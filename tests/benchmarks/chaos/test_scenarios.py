"""Faults on a set of real processes with quick services: every accepted job succeeds once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chaos.driver import Driver
from benchmarks.chaos.scenarios import POSTGRES, SCENARIOS, disturb
from benchmarks.chaos.sets import running_postgres_set, running_set

KINDS = (
    "worker stopped, its stages taken over, woken late",
    "detection hangs (SIGSTOP)",
    "redis hangs (SIGSTOP)",
    "Redis loses its data",
    "disk full for 10 s",
    *(name for name in SCENARIOS if name == "clock an hour ahead, then back"),
)
"""One fault of each kind; `make chaos` does all of them, many times."""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """A driver of a running set."""
    with running_set(tmp_path_factory.mktemp("set")) as driver:
        yield driver


def test_a_worker_that_dies_after_its_result_loses_no_job_and_repeats_none(driver: Driver) -> None:
    command = Path(f"/proc/{driver.pid('worker')}/cmdline").read_text().split("\0")
    assert "benchmarks.chaos.fragile_worker" in command

    tally = disturb("worker killed: a result stored, nothing published after it", driver)

    assert tally.perfect, tally
    assert tally.faults == 1
    assert tally.probes


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_every_accepted_job_succeeds_once(driver: Driver, name: str) -> None:
    tally = disturb(name, driver)

    assert tally.perfect, tally


@pytest.mark.slow
@pytest.mark.parametrize("name", POSTGRES)
def test_every_accepted_job_succeeds_once_on_postgres(name: str) -> None:
    with running_postgres_set() as driver:
        tally = disturb(name, driver)

    assert tally.perfect, tally
