"""Retry-After is read in both of its forms, and ignored in any other."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from imgdiff.retry_after import retry_after


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        (" 7 ", 7, 7),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Wed, 21 Oct 2115 07:28:00 GMT", 1e9, 1e10),
        ("Wed, 21 Oct 2115 07:28:00 -0000", 1e9, 1e10),
    ],
)
def test_a_number_or_a_date_is_seconds_from_now(header: str, least: float, most: float) -> None:
    found = retry_after(httpx.Response(503, headers={"Retry-After": header}))

    assert found is not None
    assert least <= found <= most


def test_a_date_counts_from_now() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)

    assert retry_after(httpx.Response(503, headers={"Retry-After": soon})) == pytest.approx(30, abs=3)


@pytest.mark.parametrize("headers", [[], [(b"Retry-After", b"soon")], [(b"Retry-After", "²".encode("latin-1"))]])
def test_a_missing_or_unreadable_header_is_ignored(headers: list[tuple[bytes, bytes]]) -> None:
    assert retry_after(httpx.Response(503, headers=headers)) is None
