"""Responses and broken connections become typed errors."""

from pathlib import Path

import httpx
import pytest

from imgdiff.client.transport.failures import failure, only_record
from imgdiff.errors import Conflict, ImgdiffError, NotFound, Overloaded, ServiceUnavailable
from imgdiff.jobs import Job, Rejected
from imgdiff.records import Reason

URL = "http://gateway"
GOLDEN = Path(__file__).parents[3] / "contracts/job.json"


def _response(status: int, content: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.Response(status, content=content, headers=headers, request=httpx.Request("GET", f"{URL}/v1/jobs"))


def test_a_problem_document_is_the_error_of_its_type() -> None:
    body = Overloaded("the queue is full").problem().model_dump_json().encode()
    error = failure(_response(503, body, **{"Retry-After": "2"}), URL)

    assert isinstance(error, Overloaded)
    assert (error.detail, error.retry_after) == ("the queue is full", 2)


def test_a_problem_of_an_unknown_type_is_a_plain_error() -> None:
    body = NotFound("gone").problem().model_copy(update={"type": "urn:imgdiff:problem:new"}).model_dump_json()

    assert type(failure(_response(404, body.encode()), URL)) is ImgdiffError


def test_a_response_without_a_document_is_an_error_by_its_status() -> None:
    assert isinstance(failure(_response(404, b"<html>"), URL), NotFound)
    assert type(failure(_response(500, b"<html>"), URL)) is ImgdiffError


def test_a_broken_connection_names_the_address_and_keeps_its_cause() -> None:
    cause = httpx.ConnectError("refused")
    error = failure(cause, URL)

    assert isinstance(error, ServiceUnavailable)
    assert error.detail == "no response from http://gateway: refused"
    assert error.__cause__ is cause


def test_a_swapped_pair_without_a_record_says_what_to_do() -> None:
    job = Job.model_validate_json(GOLDEN.read_bytes())
    swapped = Rejected(index=0, reasons=(Reason(code="pair.swapped", value=0.9, threshold=0.5),))

    with pytest.raises(Conflict, match="fits them swapped, so `curate` keeps no record; swap them"):
        only_record(job.model_copy(update={"records": (), "rejected": (swapped,)}))
