"""What taking a batch in costs: seconds, lines a second, the most memory of the gateway, and what others wait for it.

Starts a gateway of its own on SQLite in a temporary folder unless --database names another, empty database; no worker
and no Redis are needed. Prints command and machine.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.local_gateway import forget_peak, peak_megabytes, run_gateway
from benchmarks.machine import header
from imgdiff import Client
from imgdiff.client.pictures import array_to_png

UNKNOWN = "sha256:" + "0" * 64
SINGLE = 50  # single requests, before the batch and while it waits


def _gateway(folder: Path, database: str | None) -> AbstractContextManager[tuple[str, int]]:
    return run_gateway(database or f"sqlite:///{folder}/imgdiff.db", folder / "assets")


def _write_lines(path: Path, asset: str, count: int) -> None:
    image = {"asset": asset}
    body = {"image1": image, "image2": image, "options": {"dataset": "big", "caption1": "a cup on a table"}}
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"custom_id": f"pair-{number:08}", "body": body}) + "\n")


def _submit_some(client: Client, picture: bytes, what: str) -> None:
    """Single requests: how long each takes, and how many jobs are before the last one."""
    milliseconds = []
    for _ in range(SINGLE):
        started = time.perf_counter()
        job = client.submit(picture, picture)
        milliseconds.append(1000 * (time.perf_counter() - started))
    cuts = statistics.quantiles(milliseconds, n=20)
    figures = f"p50 {statistics.median(milliseconds):.1f}, p95 {cuts[18]:.1f}, max {max(milliseconds):.1f} ms"
    print(f"single requests {what}: {figures}; {client.job(job.id).queue_position} jobs before the last", flush=True)


def _read_errors(client: Client, process: int, batch_id: str) -> None:
    forget_peak(process)
    started = time.perf_counter()
    count = sum(1 for _ in client.batches.errors(batch_id))
    seconds = time.perf_counter() - started
    print(f"{count} errors read in {seconds:.1f} s; most memory of the gateway: {peak_megabytes(process):.0f} MB")


def _measure(client: Client, process: int, folder: Path, lines: int, *, rejected: bool) -> None:
    picture = array_to_png(memoryview(bytes(64 * 48 * 3)).cast("B", (48, 64, 3)))
    asset = client.upload(picture).id
    _write_lines(folder / "lines.jsonl", UNKNOWN if rejected else asset, lines)
    _submit_some(client, picture, "before")
    forget_peak(process)
    before, started = peak_megabytes(process), time.perf_counter()
    batch = client.batches.create(folder / "lines.jsonl")
    seconds = time.perf_counter() - started
    assert batch.counts.total == lines
    print(f"{lines} lines accepted in {seconds:.2f} s, {lines / seconds:.0f} a second", flush=True)
    print(f"most memory of the gateway: {before:.0f} MB before, {peak_megabytes(process):.0f} MB after", flush=True)
    time.sleep(3)  # passes of the feeder
    _submit_some(client, picture, "while it waits")
    started = time.perf_counter()
    client.batches.get(batch.id)
    print(f"its state read in {1000 * (time.perf_counter() - started):.1f} ms", flush=True)
    if rejected:
        _read_errors(client, process, batch.id)


def main() -> None:
    """Send and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument(
        "--rejected", action="store_true", help="every line names an unknown image; read the errors, too"
    )
    parser.add_argument("--database", help="URL of an empty database")
    arguments = parser.parse_args()
    print("\n".join(header("benchmarks.speed.batches")))
    with (
        tempfile.TemporaryDirectory() as name,
        _gateway(Path(name), arguments.database) as (url, process),
        Client(url) as client,
    ):
        _measure(client, process, Path(name), arguments.lines, rejected=arguments.rejected)


if __name__ == "__main__":
    main()
