"""A program of the local set, started until it listens."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from imgdiff.local.layout import Layout
from imgdiff.local.probes import HttpProbe, RedisProbe
from imgdiff.local.programs import Program, local_programs
from imgdiff.local.requirements import require_installed


@contextmanager
def started(program: Program) -> Iterator["subprocess.Popen[bytes]"]:
    """The program's process, which listens where its probe asks; killed afterwards."""
    assert isinstance(program.probe, HttpProbe | RedisProbe)
    address = program.probe.host, program.probe.port
    with program.log.open("ab") as log:
        process = subprocess.Popen(program.command, env=program.environment(), stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not _listens(address):
            assert process.poll() is None, program.log.read_text()
            assert time.monotonic() < until, program.log.read_text()
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(address: tuple[str, int]) -> bool:
    with socket.socket() as one:
        return one.connect_ex(address) == 0


@contextmanager
def redis_of(layout: Layout, server: Path | None = None) -> Iterator["redis.Redis"]:
    """A client of the set's Redis, which runs meanwhile and ends as if stopped by its set."""
    program = local_programs(layout, server or require_installed(), "127.0.0.1", 8000)[0]
    with started(program) as process, connected(program) as client:
        yield client
        process.terminate()
        process.wait()


def connected(program: Program, on_wait: Callable[[], None] = lambda: None) -> "redis.Redis":
    """A client of a Redis, as soon as it answers."""
    assert isinstance(program.probe, RedisProbe)
    client = redis.Redis(port=program.probe.port, password=program.probe.password, decode_responses=True)
    until = time.monotonic() + 60
    while True:
        on_wait()
        try:
            client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < until, program.log.read_text()
            time.sleep(0.02)
        else:
            return client
