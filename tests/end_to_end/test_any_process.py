"""Any process of the real set may be killed or stopped while jobs run: each of them succeeds, with one record."""

import time
from pathlib import Path

import pytest

from benchmarks.chaos.driver import Driver

EXAMPLES = Path(__file__).parents[2] / "examples"
PAIR = ((EXAMPLES / "before.jpg").read_bytes(), (EXAMPLES / "after.jpg").read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("gateway", "kill"),
        ("worker", "stop"),
        ("detection", "kill"),
        ("captioning", "stop"),
        ("editing", "kill"),
        ("redis", "stop"),
    ],
)
def test_it_is_back_and_every_job_ends_once(served, name: str, act: str) -> None:
    with Driver(served.url, served.data) as driver:
        jobs = driver.submit_pairs(3, PAIR)
        time.sleep(1)
        with driver.replaced(name, seconds=300):
            getattr(driver, act)(name)
        tally = driver.finish(jobs, time.monotonic(), seconds=300)

    assert tally.perfect, (tally, (served.started_in / "notes").read_text())
