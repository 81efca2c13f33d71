"""What taking a batch in costs: seconds, lines a second, and the most memory of the gateway.

Starts a gateway of its own on SQLite in a temporary folder unless --database names another, empty database; no worker
and no Redis are needed. Prints command and machine.
"""

import argparse
import json
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.local_gateway import peak_megabytes, run_gateway
from benchmarks.machine import header
from imgdiff import Client
from imgdiff.client.pictures import array_to_png


def _gateway(folder: Path, database: str | None) -> AbstractContextManager[tuple[str, int]]:
    return run_gateway(database or f"sqlite:///{folder}/imgdiff.db", folder / "assets")


def _write_lines(path: Path, asset: str, count: int) -> None:
    image = {"asset": asset}
    body = {"image1": image, "image2": image, "options": {"dataset": "big", "caption1": "a cup on a table"}}
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps({"custom_id": f"pair-{number:08}", "body": body}) + "\n")


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
            before, started = peak_megabytes(process), time.perf_counter()
            batch = client.batches.create(path)
            seconds = time.perf_counter() - started
            assert batch.counts.total == arguments.lines
            print(f"{arguments.lines} lines accepted in {seconds:.2f} s, {arguments.lines / seconds:.0f} a second")
            print(f"most memory of the gateway: {before:.0f} MB before, {peak_megabytes(process):.0f} MB after")
            started = time.perf_counter()
            client.batches.get(batch.id)
            print(f"its state read in {1000 * (time.perf_counter() - started):.1f} ms")


if __name__ == "__main__":
    main()
