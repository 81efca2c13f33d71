"""Abuses a gateway and its services as hostile clients would: `make fuzz`.

Four parts: connections that are held, broken images, broken requests over raw sockets, and requests drawn from the
OpenAPI documents. Prints tables, and writes them into docs/security.md with `--write`. What should not have happened is
printed with a file and the command that sends it again; then the exit code is 1. The same seed sends the same.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.abuse.document.sets import drawn_trials
from benchmarks.abuse.held import HEAD as HELD_HEAD
from benchmarks.abuse.held import measure_held
from benchmarks.abuse.sets import running_set
from benchmarks.abuse.trial import HEAD, Trial
from benchmarks.abuse.uploads import try_images
from benchmarks.abuse.wire.trying import try_wire
from benchmarks.machine import header

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- abuse: written by make fuzz -->", "<!-- end of abuse -->"
PARTS = ("held", "images", "wire", "document")


def main() -> None:
    """Run what the arguments ask for."""
    arguments = _arguments()
    print(*header("benchmarks.abuse"), sep="\n", flush=True)
    image = (Path(__file__).parents[2] / "examples" / "before.jpg").read_bytes()
    held, trials = list(HELD_HEAD), []
    if "held" in arguments.only:
        for line in measure_held(image):
            print(line, flush=True)
            held.append(line)
    for trial in _trials(arguments, image):
        print(trial.row, flush=True)
        trials.append(trial)
    lines = [*(held if "held" in arguments.only else []), "", *HEAD, *(trial.row for trial in trials)]
    print(*lines, sep="\n")
    if arguments.write:
        date = f"date: {datetime.now(UTC):%Y-%m-%d}"
        write(["```", *header("benchmarks.abuse"), date, "```", "", *lines])
    findings = [finding for trial in trials for finding in trial.findings]
    print(*findings, sep="\n")
    sys.exit(bool(findings))


def write(lines: list[str], page: Path = PAGE) -> None:
    """Put the lines between the marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


def _trials(arguments: argparse.Namespace, image: bytes) -> Iterator[Trial]:
    """Requests and images to a set with a key and embedded services, then what the documents tell of."""
    seed, evidence = arguments.seed, arguments.evidence
    if {"images", "wire"} & {*arguments.only}:
        with TemporaryDirectory() as folder, running_set(Path(folder), with_key=arguments.key) as running:
            if "wire" in arguments.only:
                yield from try_wire(running, arguments.requests, seed, image, evidence)
            if "images" in arguments.only:
                yield from try_images(running, arguments.images, seed, image, evidence)
    if "document" in arguments.only:
        yield from drawn_trials(seed, arguments.examples, evidence)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to run")
    parser.add_argument("--images", type=int, default=600, help="broken images, each in five places")
    parser.add_argument("--requests", type=int, default=800, help="broken requests")
    parser.add_argument("--examples", type=int, default=50, help="drawn requests of an operation")
    parser.add_argument("--seed", type=int, default=0, help="another one damages and draws otherwise")
    parser.add_argument("--key", action="store_true", help="images and broken requests come with an API key")
    parser.add_argument("--evidence", type=Path, default=Path("benchmarks/output/abuse"), help="folder of findings")
    parser.add_argument("--write", action="store_true", help=f"write the tables into docs/{PAGE.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
