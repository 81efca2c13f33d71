"""Disturbs sets of real processes with quick services, round after round: `make chaos`.

Prints a table, and writes it into docs/reliability.md with `--write`. Exit code 1 when an accepted job was lost, failed
or made two records, or a round could not be finished.
"""

import argparse
import queue
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.driver import Driver
from benchmarks.chaos.scenarios import POSTGRES, SCENARIOS, WINDOWED, disturb
from benchmarks.chaos.sets import running_postgres_set, running_set
from benchmarks.chaos.tally import HEAD, Tally, row
from benchmarks.machine import header

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- chaos: written by make chaos -->", "<!-- end of chaos -->"


def main() -> None:
    """Run what the arguments ask for."""
    arguments = _arguments()
    print(*header("benchmarks.chaos"), sep="\n", flush=True)
    rounds = _rounds(SCENARIOS, arguments), _rounds(POSTGRES, arguments)
    tallies = {name: Tally() for name in dict.fromkeys([*rounds[0], *rounds[1]])}
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(arguments.sets)]
        if rounds[0]:
            _share(rounds[0], [stack.enter_context(running_set(folder)) for folder in folders], tallies)
    if rounds[1]:
        with running_postgres_set() as driver:
            _share(rounds[1], [driver], tallies)
    lines = [*HEAD, *(row(*item) for item in tallies.items())]
    print(*lines, sep="\n")
    if arguments.write:
        date = f"date: {datetime.now(UTC):%Y-%m-%d}; sets at a time: {arguments.sets}"
        write(["```", *header("benchmarks.chaos"), date, "```", "", *lines])
    sys.exit(not all(tally.perfect for tally in tallies.values()))


def write(lines: list[str], page: Path = PAGE) -> None:
    """Put the lines between the marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


def _rounds(names: Iterable[str], arguments: argparse.Namespace) -> list[str]:
    """A name for each round to run, in turns, so that a run that is cut short has some of each."""
    chosen = [name for name in names if any(part in name for part in arguments.only)]
    times = {name: arguments.window_times if name in WINDOWED else arguments.times for name in chosen}
    return [name for turn in range(max(times.values(), default=0)) for name in chosen if turn < times[name]]


def _share(rounds: list[str], drivers: list[Driver], tallies: dict[str, Tally]) -> None:
    """Run the rounds, one at a time on each of the sets."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in rounds:
        waiting.put(name)

    def work(driver: Driver) -> None:
        while True:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                return
            tallies[name].add(_try(name, driver))
            print(row(name, tallies[name]), flush=True)

    threads = [threading.Thread(target=work, args=(driver,)) for driver in drivers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _try(name: str, driver: Driver) -> Tally:
    """A round; one that cannot be finished is told and counted."""
    try:
        tally = disturb(name, driver)
    except Exception:  # noqa: BLE001  whatever it is, the other rounds must come
        traceback.print_exc()
        return Tally(errors=1)
    if not tally.perfect:
        print(f"not perfect, in {driver.data}: {name}: {tally}", file=sys.stderr, flush=True)
    return tally


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window-times", type=int, default=100, help="of each window in which a worker dies")
    parser.add_argument("--times", type=int, default=5, help="of each other fault")
    parser.add_argument("--sets", type=int, default=2, help="that are disturbed at a time, each by itself")
    parser.add_argument("--only", nargs="*", default=[""], help="faults whose names have one of these words")
    parser.add_argument("--write", action="store_true", help=f"write the table into docs/{PAGE.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
