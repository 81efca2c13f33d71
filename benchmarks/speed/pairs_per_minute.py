"""Measures seconds a pair, stage by stage, through a real local set: one request at a time, then eight at once.

Prints the command, the machine and the spread. The pair is that of examples/ unless `--pair` names another.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.machine import header
from imgdiff import Client
from imgdiff.jobs import Job

EXAMPLES = Path(__file__).parents[2] / "examples"
READY_SECONDS = 120  # until the local set must be ready


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", nargs=2, type=Path, default=[EXAMPLES / "before.jpg", EXAMPLES / "after.jpg"])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--port", type=int, default=8765)
    return parser.parse_args()


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"median {statistics.median(ordered):.2f} s, min {ordered[0]:.2f}, max {ordered[-1]:.2f} (n={len(ordered)})"


def _wait_ready(client: Client) -> None:
    until = time.monotonic() + READY_SECONDS
    while not client.ready():
        if time.monotonic() > until:
            raise TimeoutError(f"the local set was not ready within {READY_SECONDS} s")
        time.sleep(0.2)


def _measure(client: Client, arguments: argparse.Namespace) -> None:
    def run(_: int) -> tuple[float, Job]:
        started = time.perf_counter()
        job = client.wait(client.submit(*arguments.pair).id)
        return time.perf_counter() - started, job

    run(0)  # warm
    alone = [run(n) for n in range(arguments.rounds)]
    print(f"one at a time: {_spread([seconds for seconds, _ in alone])}")
    for stage in alone[0][1].stages:
        times = [s.seconds or 0.0 for _, job in alone for s in job.stages if s.name == stage.name]
        print(f"  {stage.name:11} {_spread(times)}")
    started = time.perf_counter()
    with ThreadPoolExecutor(arguments.at_once) as pool:
        together = list(pool.map(run, range(arguments.rounds * 2)))
    wall = time.perf_counter() - started
    rate_alone = len(alone) / sum(seconds for seconds, _ in alone)
    rate = len(together) / wall
    print(f"{arguments.at_once} at once: {_spread([seconds for seconds, _ in together])}")
    print(f"pairs a minute: {60 * rate_alone:.0f} alone, {60 * rate:.0f} at once; ratio {rate / rate_alone:.2f}")


def main() -> None:
    """Start a local set in an empty folder, measure it, and stop it."""
    arguments = _arguments()
    print(*header("benchmarks.speed.pairs_per_minute"), sep="\n")
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "imgdiff.cli", "serve", "--port", str(arguments.port), "--data", data]
        asked_each_time = os.environ | {"IMGDIFF_GATEWAY_RESULT_CACHE_ENTRIES": "0"}
        served = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=asked_each_time)
        try:
            with Client(f"http://127.0.0.1:{arguments.port}") as client:
                _wait_ready(client)
                _measure(client, arguments)
        finally:
            served.terminate()
            served.wait(30)


if __name__ == "__main__":
    main()
