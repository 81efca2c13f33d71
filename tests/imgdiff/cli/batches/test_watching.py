"""What is shown of a batch that runs."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from imgdiff.batches.documents import Batch, BatchCounts, BatchLinks, BatchState
from imgdiff.cli.batches.watching import Rate, describe, draw


def _counts(**given: int) -> BatchCounts:
    return BatchCounts(**{**dict.fromkeys(BatchCounts.model_fields, 0), **given})


def test_the_rate_is_that_of_the_last_minute() -> None:
    rate = Rate()
    rate.add(0.0, 0)
    assert rate.per_second == 0.0

    for second in range(1, 301):
        rate.add(float(second), 10 * min(second, 200))

    assert rate.per_second == 0.0
    rate.add(301.0, 2061)
    assert rate.per_second == pytest.approx(61 / 60, abs=0.1)


def test_counts_rate_and_time_left_stand_in_one_line() -> None:
    counts = _counts(total=1000, waiting=600, running=100, completed=290, failed=4, rejected=6)

    assert describe(counts, 2.0) == "300 of 1000 lines ended, 4 failed, 6 rejected, 2.0/s, 5 min 50 s left"
    assert describe(counts, 0.0) == "300 of 1000 lines ended, 4 failed, 6 rejected"
    assert describe(_counts(total=90_000, waiting=90_000), 5.0).endswith("5 h 0 min left")


def test_all_counts_are_seen_in_a_terminal_of_80_columns() -> None:
    counts = _counts(total=90_000, waiting=60_000, running=100, completed=29_000, failed=400, rejected=500)
    batch = Batch(
        id=f"bat_{'0' * 32}",
        state=BatchState.RUNNING,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        received_bytes=1,
        counts=counts,
        links=BatchLinks(**dict.fromkeys(BatchLinks.model_fields, "/")),
    )
    console = Console(width=80, height=24, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(draw(batch, 2.0, "default: 3 of 4 pairs"))
    name, bar, line, funnel = (text.rstrip() for text in capture.get().splitlines())

    assert (name, line, funnel) == (batch.id, describe(counts, 2.0), "default: 3 of 4 pairs")
    assert len(bar) <= 60
