"""Every error is one kind of problem document; a server states how long to wait before the next attempt."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from imgdiff.errors import ImgdiffError, NotFound, catalogue, retry_after
from imgdiff.problems import problem_slug


def test_every_error_has_its_own_slug_and_a_title() -> None:
    errors = catalogue()

    assert len(errors) == len({cls.title() for cls in errors.values()})
    assert all(cls.title().endswith(".") for cls in errors.values())


def test_an_error_becomes_a_problem_document() -> None:
    problem = NotFound("no job job_1").problem("/v1/jobs/job_1")

    assert (problem.status, problem_slug(problem.type), problem.detail) == (404, "not-found", "no job job_1")
    assert issubclass(catalogue()[problem_slug(problem.type)], ImgdiffError)


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
def test_a_retry_after_in_either_form_is_seconds_from_now(header: str, least: float, most: float) -> None:
    found = retry_after(httpx.Headers({"Retry-After": header}))

    assert found is not None
    assert least <= found <= most


def test_a_retry_after_counts_from_now() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)

    assert retry_after(httpx.Headers({"Retry-After": soon})) == pytest.approx(30, abs=3)


@pytest.mark.parametrize("headers", [[], [(b"Retry-After", b"soon")], [(b"Retry-After", "²".encode("latin-1"))]])
def test_a_missing_or_unreadable_retry_after_is_ignored(headers: list[tuple[bytes, bytes]]) -> None:
    assert retry_after(httpx.Headers(headers)) is None
