"""How well Retry-After of a full queue predicts when a slot is free, and how soon a cancelled job frees its slot.

`python -m benchmarks.load.waiting`: a real gateway, worker and Redis over SQLite, and a detection that works on one
pair at a time. For Retry-After its speed changes while the queue is kept full; for cancels there is one slot.
"""

import argparse
import json
import math
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.load.processes import run_engine
from benchmarks.load.submitting import picture
from benchmarks.machine import header

_SERVICES = "benchmarks.load.slow_services"
_QUEUE = 12  # jobs that fill the queue
_LOOK_SECONDS = 0.2  # between two submits while the queue is full
_ROUTE = "/v1/difference-captions"


def measure_retry_after(speeds: Sequence[float], seconds: float) -> list[tuple[float, float]]:
    """For each 503 that was answered: Retry-After, and the seconds until a submit was accepted."""
    with _serve(speeds[0], MAX_QUEUED_JOBS=str(_QUEUE)) as (http, folder):
        return list(_compare(http, folder, speeds, seconds))


@contextmanager
def _serve(speed: float, **settings: str) -> Iterator[tuple[httpx.Client, Path]]:
    """A client of a gateway with these settings, and the folder of its detection."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seconds").write_text(str(speed))
        with (
            run_engine("sqlite", folder, 1, _SERVICES, **settings) as engine,
            httpx.Client(base_url=engine.url, timeout=60) as http,
        ):
            yield http, folder


def _compare(
    http: httpx.Client, folder: Path, speeds: Sequence[float], seconds: float
) -> Iterator[tuple[float, float]]:
    """Submits again and again; the first speed warms up and is not counted."""
    number = 0
    for turn, speed in enumerate(speeds):
        (folder / "seconds").write_text(str(speed))
        until, refused = time.monotonic() + seconds, []
        while time.monotonic() < until:
            answer = _submit(http, number)
            now = time.monotonic()
            if answer.status_code == 503:
                refused.append((now, float(answer.headers["Retry-After"])))
                time.sleep(_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311  not a secret
                continue
            number += 1
            if turn:
                yield from ((predicted, now - at) for at, predicted in refused)
            refused = []


def measure_cancels(count: int) -> list[tuple[float, float]]:
    """For each cancel: seconds until the service saw its call dropped, and until it had the next job's."""
    with _serve(600.0, WORKER_CONCURRENCY="1") as (http, folder):
        return list(_cancel(http, folder, count))


def _cancel(http: httpx.Client, folder: Path, count: int) -> Iterator[tuple[float, float]]:
    running, waiting = (_submit(http, number).json()["id"] for number in (0, 1))
    _times(folder, "begun", 1)
    for number in range(count):
        time.sleep(random.uniform(0.0, 0.5))  # noqa: S311  at any time of the worker's looks at its calls
        began = time.time()
        http.delete(f"/v1/jobs/{running}").raise_for_status()
        yield _times(folder, "dropped", number + 1) - began, _times(folder, "begun", number + 2) - began
        running, waiting = waiting, _submit(http, number + 2).json()["id"]


def _submit(http: httpx.Client, number: int) -> httpx.Response:
    files = {f"image{side}": (f"{side}.png", picture(2 * number + side, 7), "image/png") for side in (1, 2)}
    return http.post(_ROUTE, files=files, data={"options": json.dumps({"fresh": True})})


def _times(folder: Path, what: str, number: int) -> float:
    """When something had happened so often; waits for it."""
    log, until = folder / "log", time.monotonic() + 60
    while time.monotonic() < until:
        lines = [line for line in log.read_text().splitlines() if line.startswith(what)] if log.exists() else []
        if len(lines) >= number:
            return float(lines[number - 1].split()[1])
        time.sleep(0.01)
    raise TimeoutError(f"{what} happened fewer than {number} times")


def _describe_retry_after(found: Sequence[tuple[float, float]]) -> str:
    exact = statistics.median(abs(predicted - actual) / actual for predicted, actual in found)
    whole = statistics.median(abs(predicted - math.ceil(actual)) / math.ceil(actual) for predicted, actual in found)
    return f"| {len(found)} | {100 * exact:.0f} % | {100 * whole:.0f} % |"


def _describe_cancels(found: Sequence[tuple[float, float]]) -> Iterator[str]:
    for what, seconds in zip(("call dropped", "slot used by the next job"), zip(*found, strict=True), strict=True):
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        yield f"| {what} | {len(seconds)} | {cuts[49]:.2f} | {cuts[98]:.2f} | {max(seconds):.2f} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speeds", type=float, nargs="+", default=[4.0, 8.0, 3.0, 12.0, 5.0], help="seconds a pair")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which each speed lasts; the first warms up")
    parser.add_argument("--cancels", type=int, default=100, help="jobs that are cancelled; 0 for none")
    options = parser.parse_args()
    print("\n".join(("```text", *header("benchmarks.load.waiting"), "```")), flush=True)
    if options.seconds:
        found = measure_retry_after(options.speeds, options.seconds)
        print(
            "| answers 503 | median error | of whole seconds |\n|---|---|---|", _describe_retry_after(found), sep="\n"
        )
    if options.cancels:
        print("| after a cancel | cancels | p50 s | p99 s | most s |\n|---|---|---|---|---|")
        print("\n".join(_describe_cancels(measure_cancels(options.cancels))), flush=True)


if __name__ == "__main__":
    main()
