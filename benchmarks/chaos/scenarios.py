"""The faults: each takes a driver of a running set, disturbs it in one round, and returns what became of the jobs."""

import contextlib
import os
import resource
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.chaos import clock
from benchmarks.chaos.driver import Driver
from benchmarks.chaos.fragile_windows import DEATHS, WINDOWS
from benchmarks.chaos.probing import Prober
from benchmarks.chaos.quick_service import POISON_SIDE
from benchmarks.chaos.quick_set import LEASE
from benchmarks.chaos.tally import Tally
from imgdiff.images import encode_png

_JOBS = 6  # of one round; chosen, not measured
MOST_DEATHS = 3  # of a service before the pair that kills it is given up, as docs/reliability.md promises
_SLOW = 0.4  # seconds of a stage, so that some run when the fault comes; chosen, not measured
_OUTAGE = 10.0  # seconds that a database is locked or a disk full; chosen, not measured

Round = Callable[[Driver], Tally]


class Inputs:
    """The images that are sent."""

    folder = Path(__file__).parents[2] / "examples"
    pair = ((folder / "before.jpg").read_bytes(), (folder / "after.jpg").read_bytes())
    photo = (folder / "photo.jpg").read_bytes()


def in_window(window: str, driver: Driver) -> Tally:
    """A worker kills itself in one of its windows."""
    deaths = driver.data / "run" / DEATHS
    before = len(_lines(deaths))
    (driver.data / "run" / f"{window}-{time.monotonic_ns()}").touch()
    edits = window == "stored"
    jobs = driver.submit_syntheses(4, Inputs.photo) if edits else driver.submit_pairs(_JOBS, Inputs.pair)
    driver.until(lambda: len(_lines(deaths)) > before)
    _, steady, wall, *unpublished = _lines(deaths)[-1].split()
    tally = driver.finish(jobs, float(steady))
    tally.back = driver.back(jobs, float(wall), unpublished)
    return tally


def zombie(driver: Driver) -> Tally:
    """A worker is stopped in the middle of its stages, which others take over, and goes on afterwards."""
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        time.sleep(_SLOW / 2)
        pid = driver.pid("worker-0")
        os.kill(pid, signal.SIGSTOP)
        since, wall = time.monotonic(), time.time()
        time.sleep(LEASE + 1)
        with contextlib.suppress(ProcessLookupError):  # it was silent for so long that it was restarted
            os.kill(pid, signal.SIGCONT)
        tally = driver.finish(jobs, since)
        tally.back = driver.back(jobs, wall)
        return tally


def ended(name: str, how: signal.Signals, driver: Driver) -> Tally:
    """A signal that ends or stops a process; its supervisor starts it again, after it has killed one that hangs."""
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        time.sleep(_SLOW)
        with driver.replaced(name):
            since, wall = time.monotonic(), time.time()
            os.kill(driver.pid(name), how)
            if (name, how) == ("worker", signal.SIGSTOP):  # or its forks would go on with its heartbeat
                for fork in ("worker-0", "worker-1"):
                    os.kill(driver.pid(fork), how)
        tally = driver.finish(jobs, since)
        tally.back = driver.back(jobs, wall) if name == "worker" else []
        return tally


def poison(driver: Driver) -> Tally:
    """One pair kills detection whenever it is looked at; it alone may fail, after three deaths at most."""
    with _slow(driver):
        before, after = (_encode(POISON_SIDE, shade) for shade in (40, 200))
        innocent = driver.submit_pairs(_JOBS // 2, Inputs.pair)
        (guilty,) = driver.submit_pairs(1, (before, after))
        innocent += driver.submit_pairs(_JOBS // 2, Inputs.pair)
        since = time.monotonic()
        condemned = driver.finish([guilty], since)
        if condemned.failed != 1 or driver.deaths(guilty) > MOST_DEATHS:
            raise RuntimeError(f"{condemned} after {driver.deaths(guilty)} deaths")
        return driver.finish(innocent, since)


def redis_loses_all(driver: Driver) -> Tally:
    """Redis is killed and its files are gone."""
    return _redis_with(driver, shutil.rmtree)


def redis_is_damaged(driver: Driver) -> Tally:
    """Redis is killed and its files are garbage."""

    def spoil(folder: Path) -> None:
        for file in folder.iterdir():
            file.write_bytes(b"\x9d garbage " * 100)

    return _redis_with(driver, spoil)


def clock_jumps(seconds: int, driver: Driver) -> Tally:
    """The wall clock of gateway and workers jumps, and a worker dies afterwards; then it jumps back."""
    run = driver.data / "run"
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        time.sleep(_SLOW / 2)
        since = time.monotonic()
        clock.move(run, seconds)
        os.kill(driver.pid("worker-0"), signal.SIGKILL)
        jobs += driver.submit_pairs(_JOBS, Inputs.pair)
        tally = driver.finish(jobs, since)
        since = time.monotonic()
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        time.sleep(_SLOW / 2)
        clock.move(run, 0)
        tally.add(driver.finish(jobs, since))
        return tally


def postgres_restarted(driver: Driver) -> Tally:
    """PostgreSQL ends at once, without an orderly end, and is back after a while."""
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        time.sleep(_SLOW)
        since = time.monotonic()
        driver.restart_database()
        jobs += driver.submit_pairs(_JOBS, Inputs.pair)
        return driver.finish(jobs, since)


def database_locked(driver: Driver) -> Tally:
    """Another process holds the database's write lock."""
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        since = time.monotonic()
        connection = sqlite3.connect(driver.data / "imgdiff.db", isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(_OUTAGE)
        connection.execute("ROLLBACK")
        connection.close()
        return driver.finish(jobs, since)


def disk_full(driver: Driver) -> Tally:
    """No file of gateway and workers can grow, while more jobs are sent."""
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        names = ("gateway", "worker", "worker-0", "worker-1")
        pids = [driver.pid(name) for name in names]
        before = [resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY)) for pid in pids]
        lifting = threading.Timer(_OUTAGE, _lift, (pids, before))
        lifting.start()
        since = time.monotonic()
        jobs += driver.submit_pairs(2, Inputs.pair)  # refused with 503 until there is room again
        lifting.join()
        return driver.finish(jobs, since)


def half_open(driver: Driver) -> Tally:
    """Every connection to Redis stays open and carries nothing any more."""
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        os.kill(driver.pid("proxy"), signal.SIGUSR1)
        since = time.monotonic()
        jobs += driver.submit_pairs(_JOBS, Inputs.pair)
        return driver.finish(jobs, since)


_PROCESSES = ("gateway", "worker", "detection", "captioning", "redis")
SCENARIOS: dict[str, Round] = {
    **{f"worker killed: {words}": partial(in_window, window) for window, words in WINDOWS.items()},
    "worker stopped, its stages taken over, woken late": zombie,
    **{f"{name} killed (SIGKILL)": partial(ended, name, signal.SIGKILL) for name in _PROCESSES},
    **{f"{name} hangs (SIGSTOP)": partial(ended, name, signal.SIGSTOP) for name in _PROCESSES},
    "redis restarted (SIGTERM)": partial(ended, "redis", signal.SIGTERM),
    "Redis loses its data": redis_loses_all,
    "Redis's files are garbage": redis_is_damaged,
    "connections to Redis half-open": half_open,
    "a pair that kills detection, among others": poison,
    f"SQLite locked for {_OUTAGE:g} s": database_locked,
    f"disk full for {_OUTAGE:g} s": disk_full,
}
if clock.can_move():
    SCENARIOS["clock an hour ahead, then back"] = partial(clock_jumps, 3600)
    SCENARIOS["clock an hour behind, then ahead"] = partial(clock_jumps, -3600)
POSTGRES: dict[str, Round] = {"PostgreSQL restarted": postgres_restarted}
WINDOWED = tuple(name for name in SCENARIOS if name.startswith("worker killed:") or "woken late" in name)


def disturb(name: str, driver: Driver) -> Tally:
    """One round of a fault, while /livez is asked."""
    with Prober(driver.url) as prober:
        tally = (SCENARIOS | POSTGRES)[name](driver)
    tally.probes = prober.seconds
    return tally


def _redis_with(driver: Driver, spoil: Callable[[Path], None]) -> Tally:
    with _slow(driver):
        jobs = driver.submit_pairs(_JOBS, Inputs.pair)
        time.sleep(_SLOW)
        with driver.replaced("redis"):
            driver.stop("redis")  # so that it writes nothing between the two
            spoil(driver.data / "redis" / "appendonlydir")
            since = time.monotonic()
            driver.kill("redis")
        return driver.finish(jobs, since)


@contextlib.contextmanager
def _slow(driver: Driver) -> Iterator[None]:
    """Stages take a while inside the block."""
    files = [driver.data / "run" / f"{name}.seconds" for name in ("detection", "captioning")]
    for file in files:
        file.write_text(str(_SLOW))
    yield
    for file in files:
        file.unlink()


def _lift(pids: Sequence[int], limits: Sequence[tuple[int, int]]) -> None:
    for pid, limit in zip(pids, limits, strict=True):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def _encode(height: int, shade: int) -> bytes:
    """An image of one grey."""
    return encode_png(np.full((height, 64, 3), shade, np.uint8))


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
