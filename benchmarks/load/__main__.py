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
from collections.abc import Iterator, Sequence
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


def _cost(cost: dict[str, float]) -> str:
    spent = {name: 1000 * value for name, value in cost.items() if name != "transactions"}
    listed = ", ".join(f"{name} {value:.1f}" for name, value in spent.items())
    return f"{sum(spent.values()):.1f} ms of processor ({listed}), {cost['transactions']:.1f} write transactions"


def _compare(engine: Running, jobs: int) -> Iterator[str]:
    chains = [_measure_chains(engine, jobs)]
    rate, cost = _measure_jobs(engine, jobs)
    chains.append(_measure_chains(engine, jobs))
    yield from ("| what | measured |", "|---|---|")
    yield f"| bare Celery, chains of two empty tasks a second, before and after | {chains[0]:.0f}, {chains[1]:.0f} |"
    yield f"| jobs a second, and as a part of that | {rate:.1f}, {2 * rate / sum(chains):.2f} |"
    yield f"| a job costs | {_cost(cost)} |"
    yield ""


def _measure_submits(engine: Running, rates: Sequence[float], seconds: float) -> Iterator[str]:
    yield from (
        "| submits a second | p50 ms | p95 ms | p99 ms | refused | queue empty, s later |",
        "|---|---|---|---|---|---|",
    )
    for rate in rates:
        answers = submit_at(submit_files(engine.url, int(rate)), rate, seconds)
        cuts = " | ".join(f"{answers.milliseconds(percent):.0f}" for percent in (50, 95, 99))
        began = time.monotonic()
        wait_for_end(engine.url)
        yield f"| {rate:g} | {cuts} | {len(answers.refused)} | {time.monotonic() - began:.1f} |"
    yield ""


def _measure_memory(engine: Running, count: int) -> Iterator[str]:
    watched = [name for name in engine.pids if name == "gateway" or name.startswith("worker")]
    yield f"| jobs | {' | '.join(f'{name}, MB' for name in watched)} |"
    yield "|---" * (1 + len(watched)) + "|"
    for step in range(_STEPS):
        submit_all(submit_files(engine.url, 1000 + step), range(count // _STEPS))
        wait_for_end(engine.url)
        sizes = " | ".join(f"{engine.megabytes(name):.0f}" for name in watched)
        yield f"| {(step + 1) * count // _STEPS} | {sizes} |"
    yield ""


def _run(kind: str, options: argparse.Namespace) -> Iterator[str]:
    yield from (f"## {kind}", "")
    with tempfile.TemporaryDirectory() as folder, run_engine(kind, Path(folder), options.workers) as engine:
        submit_all(submit_files(engine.url, 0), range(_WARM_UP))
        wait_for_end(engine.url)
        if options.jobs:
            yield from _compare(engine, options.jobs)
        if options.rates:
            yield from _measure_submits(engine, options.rates, options.seconds)
        if options.memory:
            yield from _measure_memory(engine, options.memory)
        states = ", ".join(f"{count} {state}" for state, count in count_by_state(engine.url).items() if count)
        yield from (f"In the end: {states}.", "")


def _report(options: argparse.Namespace) -> Iterator[str]:
    yield from ("# Load", "", __doc__.partition("\n\n")[2].strip(), "")
    yield from ("```text", *header("benchmarks.load"), "```", "")
    for kind in options.databases:
        yield from _run(kind, options)


def main() -> None:
    """Measure, print, and write the same as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], help="which to measure")
    parser.add_argument("--jobs", type=int, default=600, help="jobs, and chains; 0 for none")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--rates", type=float, nargs="*", default=[20.0, 50.0, 200.0], help="submits a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="for which each rate lasts")
    parser.add_argument("--memory", type=int, default=20_000, help="jobs over which memory is watched; 0 for none")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/output/load.md"), help="the report")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with options.output.open("w") as report:
        for line in _report(options):
            print(line, flush=True)
            print(line, file=report, flush=True)


if __name__ == "__main__":
    main()
