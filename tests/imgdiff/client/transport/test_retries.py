"""Only transient failures are retried, after a bounded pause."""

import httpx
import pytest

from imgdiff.client.transport.retries import Retries

RETRIES = Retries(attempts=4, connect_attempts=2, first_pause=1.0, longest_pause=10.0)


def _response(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, request=httpx.Request("GET", "http://gateway/v1/jobs"))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_transient_status_is_retried_until_the_attempts_are_used_up(status: int) -> None:
    assert RETRIES.pause(3, _response(status)) is not None
    assert RETRIES.pause(4, _response(status)) is None


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_any_other_status_is_final(status: int) -> None:
    assert RETRIES.pause(1, _response(status)) is None


def test_a_request_that_is_still_being_processed_is_retried() -> None:
    busy = httpx.Response(409, text="urn:imgdiff:problem:idempotency-in-flight")

    assert RETRIES.pause(1, busy) is not None


def test_pauses_double_with_jitter() -> None:
    first, second = (RETRIES.pause(attempt, _response(503)) for attempt in (1, 2))

    assert first is not None
    assert second is not None
    assert 0.75 <= first <= 1.25
    assert 1.5 <= second <= 2.5


def test_retry_after_takes_precedence_within_the_longest_pause() -> None:
    assert RETRIES.pause(1, _response(503, **{"Retry-After": "3"})) == 3.0
    assert RETRIES.pause(1, _response(503, **{"Retry-After": "11"})) is None


def test_a_refused_connection_is_retried_less_often() -> None:
    assert RETRIES.pause(1, httpx.ConnectError("refused")) is not None
    assert RETRIES.pause(2, httpx.ConnectError("refused")) is None
    assert RETRIES.pause(3, httpx.ReadError("reset")) is not None


def test_an_address_without_a_known_protocol_is_final() -> None:
    assert RETRIES.pause(1, httpx.UnsupportedProtocol("ftp")) is None
