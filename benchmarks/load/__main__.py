"""Jobs a second beside a bare Celery chain, what a job costs, how long submits take, and memory over many jobs.

Everything of one database runs in one go on one machine: the chain before and after the engine. Services answer at
once, so all that is measured is the engine. Seconds of processor and transactions hold on a busy machine too; times
do not.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load.bare_chain import run_chains
from benchmarks.load.processes import Running, run_engine
from benchmarks.load.submitting import count_by_state, submit_all, submit_at, submit_files, submit_stored, wait_for_end
from benchmarks.machine import header

_WARM_UP = 20  # jobs before anything is measured
_STEPS = 10  # looks at the memory


@contextmanager
def _bare_worker(url: str) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.bare_chain", url], stderr=subprocess.DEVNULL
    ) as process:
        run_chains(url, _WARM_UP)
        yield
        process.terminate()


def _measure_chains(engine: Running, count: int) -> float:
    """Chains a second of Celery alone."""
    with _bare_worker(engine.redis_url):
        return count / run_chains(engine.redis_url, count)


def _measure_jobs(engine: Running, count: int) -> tuple[float, dict[str, float]]:
    """Jobs a second, and what one costs."""
    submit = submit_stored(engine.url, 1, count)
    before, began = engine.cost(), time.monotonic()
    answers = submit_all(submit, range(count))
    wait_for_end(engine.url)
    seconds, after = time.monotonic() - began, engine.cost()
    assert not answers.refused, f"submits were refused: {answers.refused}"
    return count / seconds, {name: (after[name] - before[name]) / count for name in after}


def _print_cost(cost: dict[str, float]) -> None:
    spent = {name: 1000 * value for name, value in cost.items() if name != "transactions"}
    listed = ", ".join(f"{name} {value:.1f}" for name, value in spent.items())
    print(f"a job costs {sum(spent.values()):.1f} ms of processor: {listed}", flush=True)
    print(f"and {cost['transactions']:.1f} write transactions", flush=True)


def _compare(engine: Running, jobs: int) -> None:
    chains = [_measure_chains(engine, jobs)]
    rate, cost = _measure_jobs(engine, jobs)
    chains.append(_measure_chains(engine, jobs))
    mean = sum(chains) / 2
    print(f"bare Celery chains a second: {chains[0]:.0f} before, {chains[1]:.0f} after")
    print(f"jobs a second: {rate:.1f}, {rate / mean:.2f} of bare Celery")
    _print_cost(cost)


def _measure_submits(engine: Running, rate: float, seconds: float) -> None:
    answers = submit_at(submit_files(engine.url, int(rate)), rate, seconds)
    cuts = ", ".join(f"p{percent} {answers.milliseconds(percent):.0f}" for percent in (50, 95, 99))
    began = time.monotonic()
    wait_for_end(engine.url)
    left = time.monotonic() - began
    print(f"submits at {rate:g}/s for {seconds:g} s: {cuts} ms, {len(answers.refused)} refused", flush=True)
    print(f"the queue was empty {left:.1f} s after the last", flush=True)


def _measure_memory(engine: Running, count: int) -> None:
    watched = [name for name in engine.pids if name == "gateway" or name.startswith("worker")]
    for step in range(_STEPS):
        submit_all(submit_files(engine.url, 1000 + step), range(count // _STEPS))
        wait_for_end(engine.url)
        sizes = ", ".join(f"{name} {engine.megabytes(name):.0f} MB" for name in watched)
        print(f"after {(step + 1) * count // _STEPS} more jobs: {sizes}", flush=True)


def _run(kind: str, options: argparse.Namespace) -> None:
    print(f"== {kind}", flush=True)
    with tempfile.TemporaryDirectory() as folder, run_engine(kind, Path(folder), options.workers) as engine:
        submit_all(submit_files(engine.url, 0), range(_WARM_UP))
        wait_for_end(engine.url)
        if options.jobs:
            _compare(engine, options.jobs)
        for rate in options.rates:
            _measure_submits(engine, rate, options.seconds)
        if options.memory:
            _measure_memory(engine, options.memory)
        print(f"jobs by state: {count_by_state(engine.url)}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], help="which to measure")
    parser.add_argument("--jobs", type=int, default=600, help="jobs, and chains; 0 for none")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--rates", type=float, nargs="*", default=[20.0, 50.0, 200.0], help="submits a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="for which each rate lasts")
    parser.add_argument("--memory", type=int, default=20_000, help="jobs over which memory is watched; 0 for none")
    options = parser.parse_args()
    print("\n".join(header("benchmarks.load")))
    for kind in options.databases:
        _run(kind, options)


if __name__ == "__main__":
    main()
