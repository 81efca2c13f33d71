"""A local set of an abuse's own: Redis, SQLite, worker, gateway and embedded services, with a key or without."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.local_gateway import forget_peak, peak_megabytes
from imgdiff.jobs import FINAL
from imgdiff.local.ports import free_ports

_STOP_SECONDS = 60.0  # for a set to stop; chosen, not measured
_QUIET_SECONDS = 1800.0  # for all jobs to end; chosen, not measured
_PAUSE_SECONDS = 0.5  # between two looks; chosen, not measured
_UNEXPECTED = ("Traceback", "internal error", "unexpected error")
_SHOWN_LINES = 60  # of a log; chosen, not measured
_UNFINISHED = ("queued", "running")


@dataclass(frozen=True)
class Running:
    """A set: the gateway's address, its key if it wants one, the processes by name, and its logs."""

    url: str
    key: str | None
    pids: dict[str, int]
    data: Path

    def client(self, timeout: float = 60.0) -> httpx.Client:
        """A client with the key."""
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, timeout=timeout, headers=headers)

    def forget_peaks(self) -> None:
        """Begin anew to look for the most memory of each process."""
        for pid in self.pids.values():
            forget_peak(pid)

    def peaks(self) -> dict[str, float]:
        """Megabytes that each process has had at most."""
        return {name: peak_megabytes(pid) for name, pid in self.pids.items()}

    def wait_for_jobs(self) -> dict[str, int]:
        """Jobs by their last state; AssertionError where some do not end."""
        until = time.monotonic() + _QUIET_SECONDS
        with self.client() as http:
            while any(_count(http, state) for state in _UNFINISHED):
                assert time.monotonic() < until, "jobs do not end"
                time.sleep(_PAUSE_SECONDS)
        return self.count_jobs()

    def count_jobs(self) -> dict[str, int]:
        """Jobs that have ended, by their state."""
        with self.client() as http:
            return {state: _count(http, state) for state in sorted(FINAL)}

    def errors(self) -> list[str]:
        """Lines of the gateway's log that tell of an unexpected error, each with what follows it."""
        lines = (self.data / "logs" / "gateway.log").read_text(errors="replace").splitlines()
        told = [at for at, line in enumerate(lines) if any(word in line for word in _UNEXPECTED)]
        return ["\n".join(lines[at : at + _SHOWN_LINES]) for at in told]


def _count(http: httpx.Client, state: str) -> int:
    count, query = 0, {"state": state, "page_size": "200"}
    while True:
        page: dict[str, Any] = http.get("/v1/jobs", params=query).raise_for_status().json()
        count += len(page["jobs"])
        if page["next_cursor"] is None:
            return count
        query["cursor"] = page["next_cursor"]


@contextmanager
def running_set(data: Path, *, with_key: bool) -> Iterator[Running]:
    """A set, which stops at the block's end."""
    (port,) = free_ports(1)
    key = secrets.token_hex(20) if with_key else None
    environment = os.environ | ({} if key is None else {"IMGDIFF_GATEWAY_BOOTSTRAP_KEY": key})
    command = [sys.executable, "-P", "-m", "imgdiff.cli", "serve", "--port", str(port), "--data", str(data), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            yield Running(said["url"], key, said["children"], data)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)
