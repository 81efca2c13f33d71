"""What taking a batch in costs: seconds, lines a second, and the most memory of the gateway.

Starts a gateway of its own on SQLite in a temporary folder unless --database names another, empty database; no worker
and no Redis are needed. Prints command and machine.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.machine import header
from imgdiff import Client
from imgdiff.client.pictures import array_to_png

_START_SECONDS = 60.0  # for the gateway to come up; chosen, not measured


@contextmanager
def _gateway(folder: Path, database: str | None) -> Iterator[tuple[str, int]]:
    """A gateway's address and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "PORT": str(port),
        "DATABASE_URL": database or f"sqlite:///{folder}/imgdiff.db",
        "ASSETS_URL": (folder / "assets").as_uri(),
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


def _write_lines(path: Path, asset: str, count: int) -> None:
    image = {"asset": asset}
    body = {"image1": image, "image2": image, "options": {"dataset": "big", "caption1": "a cup on a table"}}
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"custom_id": f"pair-{number:08}", "body": body}) + "\n")


def _peak_megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Send and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--database", help="URL of an empty database")
    arguments = parser.parse_args()
    print("\n".join(header("benchmarks.speed.batches")))
    with tempfile.TemporaryDirectory() as name, _gateway(Path(name), arguments.database) as (url, process):
        picture = array_to_png(memoryview(bytes(64 * 48 * 3)).cast("B", (48, 64, 3)))
        with Client(url) as client:
            path = Path(name) / "lines.jsonl"
            _write_lines(path, client.upload(picture).id, arguments.lines)
            before, started = _peak_megabytes(process), time.perf_counter()
            batch = client.batches.create(path)
            seconds = time.perf_counter() - started
            assert batch.counts.total == arguments.lines
            print(f"{arguments.lines} lines accepted in {seconds:.2f} s, {arguments.lines / seconds:.0f} a second")
            print(f"most memory of the gateway: {before:.0f} MB before, {_peak_megabytes(process):.0f} MB after")
            started = time.perf_counter()
            client.batches.get(batch.id)
            print(f"its state read in {1000 * (time.perf_counter() - started):.1f} ms")


if __name__ == "__main__":
    main()
