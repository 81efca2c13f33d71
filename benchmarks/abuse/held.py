"""Held connections, one abuse after the other, and what an honest client feels of them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.abuse.holding import ABUSES, hold
from benchmarks.abuse.honest import Honest
from benchmarks.local_gateway import forget_peak, peak_megabytes, run_gateway
from imgdiff.listening.files import allow_files

HEAD = (
    "| abuse | ended as | seconds | more memory, MB | honest client: p99, ms | refused |",
    "|---|---|---|---|---|---|",
)


def measure_held(image: bytes) -> Iterator[str]:
    """The rows of the table, from a gateway of their own without a worker."""
    allow_files(max(number for number, _ in ABUSES.values()))
    with (
        TemporaryDirectory() as folder,
        run_gateway(f"sqlite:///{folder}/imgdiff.db", Path(folder) / "assets") as (url, process),
    ):
        httpx.post(f"{url}/v1/assets", files={"image": image})
        for name, (number, send) in ABUSES.items():
            forget_peak(process)
            before, honest = peak_megabytes(process), Honest(url, image)
            with honest.at_work():
                endings, seconds = asyncio.run(hold(url, number, send))
            more = peak_megabytes(process) - before
            yield (
                f"| {number} {name} | {_tell(endings)} | {seconds:.0f} | {more:.0f} | {honest.slowest:.0f} "
                f"| {honest.refused} |"
            )


def _tell(endings: Counter[str]) -> str:
    return ", ".join(f"{number} {ending}" for ending, number in sorted(endings.items()))
