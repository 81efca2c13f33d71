"""The blocking client against a small gateway over loopback."""

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from imgdiff import Client
from imgdiff.client import Retries
from imgdiff.errors import (
    DeadlineExceeded,
    ImgdiffError,
    InvalidImage,
    InvalidRequest,
    NotFound,
    Overloaded,
    QuotaExceeded,
    ServiceUnavailable,
    StageFailed,
    WorkCancelled,
)
from imgdiff.options import AssetRef
from imgdiff.records import Verdict

QUICK = Retries(first_pause=0.01)
ASSET = AssetRef(asset="sha256:" + "a" * 64)


def test_a_pair_becomes_a_record(gateway: Any, tmp_path: Path) -> None:
    path = tmp_path / "before.png"
    path.write_bytes(b"one")

    with Client(gateway.url) as client:
        record = client.compare(path, io.BytesIO(b"two"), max_regions=3)

    assert record.verdict is Verdict.DIFFERENT
    assert record.regions[0].box == (10, 20, 110, 220)
    assert b'filename="before.png"' in gateway.bodies[0]
    assert b'{"max_regions":3}' in gateway.bodies[0]


def test_an_asset_turns_the_request_into_json(gateway: Any) -> None:
    with Client(gateway.url) as client:
        client.submit(ASSET, b"two", dataset="mine")

    body = json.loads(gateway.bodies[0])
    assert body == {"image1": {"asset": ASSET.asset}, "image2": {"base64": "dHdv"}, "options": {"dataset": "mine"}}


def test_a_synthesis_sends_its_fields_beside_the_photo(gateway: Any) -> None:
    with Client(gateway.url) as client:
        job = client.synthesize("remove", b"photo", seed=7, policy="curate")

    assert len(job.records) == 1
    assert gateway.paths()[0] == "/v1/syntheses"
    for part in (b'name="operation"\r\n\r\nremove', b'name="seed"\r\n\r\n7', b'{"policy":"curate"}'):
        assert part in gateway.bodies[0]


def test_a_lost_response_is_retried_without_a_second_job(gateway: Any) -> None:
    gateway.lost_answers = 2

    with Client(gateway.url, retries=QUICK) as client:
        client.submit(b"one", b"two")

    assert len(gateway.seen) == 3
    assert len(gateway.jobs) == 1


def test_two_submits_have_two_keys(gateway: Any) -> None:
    with Client(gateway.url) as client:
        client.submit(b"one", b"two")
        client.submit(b"one", b"two")

    assert len(gateway.jobs) == 2


@pytest.mark.parametrize("error", [QuotaExceeded("wait"), Overloaded("full")])
def test_retry_after_is_honoured(gateway: Any, error: ImgdiffError) -> None:
    gateway.fails(error, retry_after="1")
    started = time.monotonic()

    with Client(gateway.url, retries=QUICK) as client:
        client.submit(b"one", b"two")

    assert time.monotonic() - started >= 1.0


def test_retries_are_bounded_and_end_in_the_servers_own_error(gateway: Any) -> None:
    for _ in range(10):
        gateway.fails(Overloaded("the queue is full"), retry_after="0")

    with Client(gateway.url, retries=QUICK) as client, pytest.raises(Overloaded, match="the queue is full") as caught:
        client.submit(b"one", b"two")

    assert caught.value.retry_after == 0
    assert len(gateway.seen) == QUICK.attempts


def test_a_retry_after_beyond_the_longest_pause_is_not_waited_for(gateway: Any) -> None:
    gateway.fails(Overloaded("come back tomorrow"), retry_after="86400")

    with Client(gateway.url) as client, pytest.raises(Overloaded) as caught:
        client.submit(b"one", b"two")

    assert caught.value.retry_after == 86400


def test_a_problem_document_raises_its_error_with_its_pointers(gateway: Any) -> None:
    with Client(gateway.url) as client, pytest.raises(InvalidImage) as caught:
        client.submit(b"not an image", b"two")

    assert caught.value.errors[0].pointer == "/image1"
    assert len(gateway.seen) == 1


def test_an_invalid_option_is_reported_before_anything_is_sent(gateway: Any) -> None:
    with Client(gateway.url) as client, pytest.raises(InvalidRequest) as caught:
        client.submit(b"one", b"two", max_regions=1000)

    assert caught.value.errors[0].pointer == "/options/max_regions"
    assert gateway.seen == []


def test_a_missing_file_is_an_invalid_image(gateway: Any, tmp_path: Path) -> None:
    with Client(gateway.url) as client, pytest.raises(InvalidImage, match="cannot be read"):
        client.submit(tmp_path / "none.png", b"two")


def test_events_resume_where_they_were_interrupted(gateway: Any) -> None:
    gateway.events_a_connection = 1

    with Client(gateway.url, retries=QUICK) as client:
        job = client.submit(b"one", b"two")
        states = [event.job.state.value for event in client.events(job.id)]

    assert states == ["queued", "running", "running", "succeeded"]
    connections = [seen for seen in gateway.seen if seen.url.path.endswith("/events")]
    assert [seen.headers.get("Last-Event-ID") for seen in connections] == [None, "1", "2", "3"]


def test_connections_without_events_are_given_up(gateway: Any) -> None:
    gateway.events_a_connection = 0

    with Client(gateway.url, retries=QUICK) as client:
        job = client.submit(b"one", b"two")
        with pytest.raises(ServiceUnavailable, match="were interrupted"):
            list(client.events(job.id))


def test_without_events_the_job_is_polled(gateway: Any) -> None:
    gateway.events_work = False
    gateway.polls_until_end = 3

    with Client(gateway.url, retries=QUICK) as client:
        record = client.compare(b"one", b"two")

    assert record.verdict is Verdict.DIFFERENT


def test_a_job_that_is_not_done_in_time_raises_deadline_exceeded(gateway: Any) -> None:
    gateway.events_work = False
    gateway.polls_until_end = 10_000

    with Client(gateway.url, retries=QUICK) as client, pytest.raises(DeadlineExceeded, match="the job continues"):
        client.compare(b"one", b"two", wait_seconds=0.5)


@pytest.mark.parametrize(
    ("ends_as", "error", "raised"),
    [
        ("failed", StageFailed("detection failed 3 times"), StageFailed),
        ("cancelled", None, WorkCancelled),
        ("expired", None, DeadlineExceeded),
    ],
)
def test_a_job_that_did_not_succeed_raises_its_error(
    gateway: Any, ends_as: str, error: ImgdiffError | None, raised: type[ImgdiffError]
) -> None:
    gateway.ends_as, gateway.error = ends_as, error

    with Client(gateway.url) as client, pytest.raises(raised):
        client.compare(b"one", b"two")


def test_listings_go_through_every_page(gateway: Any) -> None:
    with Client(gateway.url) as client:
        submitted = [client.submit(b"one", b"two").id for _ in range(5)]
        listed = [job.id for job in client.jobs()]
        records = list(client.records("default"))

    assert listed == submitted[::-1]
    assert len(records) == 3


def test_a_dataset_is_exported_in_chunks(gateway: Any) -> None:
    with Client(gateway.url) as client:
        content = b"".join(client.export("default", "jsonl"))
        with pytest.raises(NotFound, match="no dataset other"):
            list(client.export("other"))

    assert content.count(b"\n") == 2


def test_previews_uploads_and_cancels_are_requested(gateway: Any) -> None:
    with Client(gateway.url) as client:
        job = client.submit(b"one", b"two")
        client.cancel(job.id)
        picture = client.preview("rec_" + "0" * 32, "image/webp")
        asset = client.upload(b"12345")

    assert gateway.cancelled == [job.id]
    assert picture.startswith(b"\x89PNG")
    assert gateway.seen[2].headers["Accept"] == "image/webp"
    assert asset.size == 5


def test_schemas_are_listed_and_read_by_name(gateway: Any) -> None:
    with Client(gateway.url) as client:
        assert [client.schema(name) for name in client.schemas()] == [{"title": "record"}]


def test_a_missing_record_is_not_found(gateway: Any) -> None:
    with Client(gateway.url) as client, pytest.raises(NotFound):
        client.job("job_" + "f" * 32)


def test_without_a_server_requests_fail_and_nothing_is_ready(nobody: str) -> None:
    with Client(nobody, retries=QUICK) as client:
        assert client.ready() is False
        with pytest.raises(ServiceUnavailable, match=r"no response from http://127\.0\.0\.1:1"):
            client.submit(b"one", b"two")


def test_a_response_without_a_problem_document_raises_by_its_status(gateway: Any) -> None:
    with Client(gateway.url) as client, pytest.raises(NotFound, match="returned 404"):
        client.models()


def test_address_and_key_come_from_the_environment(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_URL", gateway.url + "/")
    monkeypatch.setenv("IMGDIFF_API_KEY", "secret")

    with Client() as client:
        client.submit(b"one", b"two")

    assert gateway.seen[0].headers["Authorization"] == "Bearer secret"
