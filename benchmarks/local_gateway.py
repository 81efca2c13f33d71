"""A gateway of a benchmark's own, in a process of its own: without worker and Redis."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_START_SECONDS = 60.0  # for the gateway to come up; chosen, not measured


@contextmanager
def run_gateway(database: str, assets: Path) -> Iterator[tuple[str, int]]:
    """A gateway's address and process id; it ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "PORT": str(port),
        "DATABASE_URL": database,
        "ASSETS_URL": assets.as_uri(),
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "LOG_LEVEL": "error",
    }
    environment = os.environ | {f"IMGDIFF_GATEWAY_{name}": value for name, value in settings.items()}
    with subprocess.Popen([sys.executable, "-m", "gateway"], env=environment) as process:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + _START_SECONDS
        try:
            while not _answers(url):
                assert time.monotonic() < until
                time.sleep(0.1)
            yield url, process.pid
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").is_success
    except httpx.TransportError:
        return False


def forget_peak(process: int) -> None:
    """Begin anew to look for the most memory of a process."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def peak_megabytes(process: int) -> float:
    """The most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def processor_seconds(process: int) -> float:
    """Time of the processor that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
