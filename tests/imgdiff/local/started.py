"""A program of the local set, started until it listens."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from imgdiff.local.probes import HttpProbe, RedisProbe
from imgdiff.local.programs import Program


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
