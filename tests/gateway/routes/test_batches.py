"""Batches over HTTP: taken in, refused line by line, gone on with, listed, cancelled. No worker runs."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from gateway.store.retention import unused


@pytest.fixture
def settings(settings: GatewaySettings, database_url: str) -> GatewaySettings:
    """A gateway on each kind of database that has room for few jobs."""
    return settings.model_copy(
        update={"database_url": database_url, "batch_jobs_in_flight": 2, "sweep_seconds": 0.05, "max_batch_lines": 2000}
    )


@pytest.fixture
def asset(client: httpx.Client, png: bytes) -> str:
    """An uploaded image."""
    return str(client.post("/v1/assets", files={"image": png}).json()["id"])


def _line(custom_id: str, asset: str, **options: Any) -> bytes:
    image = {"asset": asset}
    body = {"image1": image, "image2": image, "options": options}
    return json.dumps({"custom_id": custom_id, "body": body}).encode() + b"\n"


def _errors(client: httpx.Client, batch: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.get(batch["links"]["errors"]).text.splitlines()]


def test_a_file_becomes_a_batch_whose_jobs_start_a_few_at_a_time(client: httpx.Client, asset: str) -> None:
    lines = [_line(f"pair {number}", asset, dataset="mine") for number in range(5)]

    answer = client.post("/v1/batches", content=b"".join(lines))
    batch = answer.json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == batch["links"]["self"]
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == (str(sum(map(len, lines))), "?1")
    assert (batch["state"], batch["counts"]["total"], batch["errors"]) == ("running", 5, [])
    seen = [client.get(answer.headers["Location"]).json()["counts"] for _ in _until_running(client, batch, 2)]
    assert {(one["running"], one["waiting"]) for one in seen} <= {(0, 5), (2, 3)}
    jobs = client.get("/v1/jobs").json()["jobs"]
    assert [job["state"] for job in jobs] == ["queued"] * 2


def _until_running(client: httpx.Client, batch: dict[str, Any], count: int) -> Iterator[None]:
    for _ in range(10_000):
        yield
        if client.get(batch["links"]["self"]).json()["counts"]["running"] == count:
            yield
            return


def _written(custom_id: str, body: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps({"custom_id": custom_id, "body": body, **fields}).encode() + b"\n"


def _with_bad_lines(asset: str, png: bytes) -> bytes:
    """Three good lines, the second in line 6, a blank one, and nine bad ones."""
    image = {"base64": base64.b64encode(png).decode()}
    broken = {"base64": base64.b64encode(png[:200]).decode()}
    donor = {"operation": "add", "image": image, "donor": {"donor": "don_" + "0" * 32}}
    return b"".join(
        [
            _line("a", asset),
            b"\n",
            b"not JSON\n",
            _line("a", asset),
            _line("gone", "sha256:" + "0" * 64),
            _written("in", {"image1": image, "image2": image}),
            _written("bad", {"image1": image, "image2": broken}),
            _written("s", {"operation": "remove"}, url="/v1/syntheses"),
            _written("d", donor, url="/v1/syntheses"),
            b'{"custom_id": "nan", "body": {"options": {"thresholds": {"x": NaN}}}}\n',
            b"\xff\xfe\n",
            _line("long", asset, metadata={"text": "x" * 5000}),
            _line("last", asset)[:-1],
        ]
    )


def test_bad_lines_are_rejected_alone_with_their_numbers(client: httpx.Client, asset: str, png: bytes) -> None:
    batch = client.post("/v1/batches", content=_with_bad_lines(asset, png)).json()
    errors = _errors(client, batch)

    assert (batch["counts"]["total"], batch["counts"]["rejected"]) == (12, 9)
    assert batch["errors"] == errors
    assert [(one["line"], one["custom_id"], one["error"]["errors"][0]["pointer"]) for one in errors] == [
        (3, None, ""),
        (4, "a", "/custom_id"),
        (5, "gone", "/body/image1/asset"),
        (7, "bad", "/body/image2/base64"),
        (8, "s", "/body/image"),
        (9, "d", "/body/donor/donor"),
        (10, "nan", "/body/options/thresholds/x"),
        (11, None, ""),
        (12, "long", "/body/options/metadata"),
    ]
    assert "id of line 1" in errors[1]["error"]["detail"]


def test_an_id_with_nul_is_rejected_alone(client: httpx.Client, asset: str) -> None:
    batch = client.post("/v1/batches", content=_written("a\0b", {}) + _line("good", asset)).json()

    assert (batch["counts"]["total"], batch["counts"]["rejected"]) == (2, 1)
    assert (batch["errors"][0]["line"], batch["errors"][0]["error"]["errors"][0]["pointer"]) == (1, "/custom_id")


def test_the_image_of_a_donor_that_was_deleted_since_stays_for_the_lines_that_name_it(
    client: httpx.Client, asset: str, settings: GatewaySettings
) -> None:
    cup = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(cup, "PNG")
    new = {"label": "cup", "source": "a drawing", "licence": "CC0-1.0", "box": [1, 1, 30, 30]}
    donor = client.post("/v1/donors", files={"image": cup.getvalue()}, data={"donor": json.dumps(new)}).json()
    body = {"operation": "add", "image": {"asset": asset}, "donor": {"donor": donor["id"]}}
    content = _written("made", body, url="/v1/syntheses")
    client.post("/v1/batches", content=content, headers={"Upload-Complete": "?0"})
    client.delete(f"/v1/donors/{donor['id']}")

    database, store = Database(settings.database_url), AssetStore(settings.assets_url)
    with database.writing() as session:
        gone = unused.delete_page(session, store, datetime.now(UTC) + timedelta(days=1), "")
    database.close()

    assert gone.assets == 0
    assert client.get(f"/v1/assets/{donor['asset']}").status_code == 200


def test_a_line_over_the_limit_is_rejected_and_the_next_one_read(
    client: httpx.Client, asset: str, settings: GatewaySettings
) -> None:
    def content() -> Iterator[bytes]:
        yield b'{"custom_id": "big", "body": "'
        for _ in range(settings.max_body_bytes // 2**20 + 1):
            yield b"x" * 2**20
        yield b'"}\n' + _line("small", asset)

    batch = client.post("/v1/batches", content=content(), timeout=60).json()

    assert (batch["counts"]["total"], batch["counts"]["rejected"]) == (2, 1)
    assert batch["errors"][0]["error"]["errors"][0]["code"] == "line.too_long"


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_file_without_requests_is_no_batch(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/v1/batches", content=content)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "batch.empty")
    assert client.get("/v1/batches").json()["batches"] == []


def test_a_file_with_too_many_lines_is_no_batch(client: httpx.Client, asset: str) -> None:
    answer = client.post("/v1/batches", content=b"".join(_line(str(number), asset) for number in range(2001)))

    assert answer.status_code == 413
    assert "2000" in answer.json()["detail"]
    assert client.get("/v1/batches").json()["batches"] == []


def test_forms_and_compressed_bodies_are_refused(client: httpx.Client, png: bytes) -> None:
    assert client.post("/v1/batches", files={"file": png}).status_code == 415
    assert client.post("/v1/batches", content=b"x", headers={"Content-Encoding": "gzip"}).status_code == 415
    assert client.post("/v1/batches", content=b"x", headers={"Upload-Complete": "yes"}).status_code == 422


def test_an_upload_goes_on_where_it_broke_off(client: httpx.Client, asset: str) -> None:
    content = b"".join(_line(str(number), asset) for number in range(1200))
    middle = len(content) // 2
    begun = client.post("/v1/batches", content=content[:middle], headers={"Upload-Complete": "?0"})
    path = begun.headers["Location"]
    offset = int(begun.headers["Upload-Offset"])
    position = client.head(path)

    assert (begun.json()["state"], begun.headers["Upload-Complete"]) == ("receiving", "?0")
    assert 0 < offset <= middle
    assert content[offset - 1 : offset] == b"\n"
    assert (position.headers["Upload-Offset"], position.headers["Upload-Complete"]) == (str(offset), "?0")
    assert client.get("/v1/jobs").json()["jobs"] == []

    wrong = client.patch(path, content=b"x\n", headers={"Upload-Offset": "1", "Upload-Complete": "?1"})
    rest = client.patch(path, content=content[offset:], headers={"Upload-Offset": str(offset), "Upload-Complete": "?1"})
    late = client.patch(path, content=b"x\n", headers={"Upload-Offset": str(len(content)), "Upload-Complete": "?1"})

    assert (wrong.status_code, rest.status_code, late.status_code) == (409, 200, 409)
    assert f"{offset} bytes are stored" in wrong.json()["detail"]
    assert (rest.json()["state"], rest.json()["counts"]["total"], rest.json()["errors"]) == ("running", 1200, [])


def test_a_repeated_request_with_a_key_stores_nothing_twice(client: httpx.Client, asset: str) -> None:
    content = b"".join(_line(str(number), asset) for number in range(700))
    key = {"Idempotency-Key": "once"}

    part = client.post("/v1/batches", content=content[:50_000], headers={**key, "Upload-Complete": "?0"}).json()
    whole = client.post("/v1/batches", content=content, headers=key).json()
    again = client.post("/v1/batches", content=content, headers=key)

    assert part["id"] == whole["id"] == again.json()["id"]
    assert (part["state"], whole["state"], again.status_code) == ("receiving", "running", 201)
    assert (whole["counts"]["total"], whole["errors"]) == (700, [])
    assert again.json()["counts"]["total"] == 700
    for other in (content + _line("more", asset), content[:-10], content.replace(b'"5"', b'"x"')):
        assert client.post("/v1/batches", content=other, headers=key).status_code == 422
    assert len(client.get("/v1/batches").json()["batches"]) == 1


def test_a_batch_is_deleted_once_it_has_ended(client: httpx.Client, asset: str) -> None:
    batch = client.post("/v1/batches", content=b"".join(_line(str(number), asset) for number in range(30))).json()
    path, forget = batch["links"]["self"], {"forget": "true"}
    early = client.delete(path, params=forget)
    client.delete(path)
    kept = [job["id"] for job in client.get("/v1/jobs").json()["jobs"]]

    gone = client.delete(path, params=forget)

    assert (early.status_code, gone.status_code, gone.content) == (409, 204, b"")
    assert "cancel it, or wait" in early.json()["detail"]
    assert {client.get(one).status_code for one in batch["links"].values()} == {404}
    assert client.delete(path, params=forget).status_code == 404
    assert client.get("/v1/batches").json()["batches"] == []
    assert [job["id"] for job in client.get("/v1/jobs").json()["jobs"]] == kept


def test_a_cancelled_batch_starts_nothing_more(client: httpx.Client, asset: str) -> None:
    batch = client.post("/v1/batches", content=b"".join(_line(str(number), asset) for number in range(9))).json()
    list(_until_running(client, batch, 2))

    cancelled = client.delete(batch["links"]["self"]).json()
    again = client.delete(batch["links"]["self"]).json()

    assert cancelled == again
    assert (cancelled["state"], cancelled["counts"]["cancelled"], cancelled["counts"]["running"]) == ("cancelled", 9, 0)
    assert {job["state"] for job in client.get("/v1/jobs").json()["jobs"]} == {"cancelled"}
    assert client.get(batch["links"]["output"]).text == ""


def test_batches_are_listed_newest_first(client: httpx.Client, asset: str) -> None:
    ids = [client.post("/v1/batches", content=_line("a", asset)).json()["id"] for _ in range(3)]

    first = client.get("/v1/batches?page_size=2").json()
    second = client.get("/v1/batches", params={"page_size": 2, "cursor": first["next_cursor"]}).json()

    assert [one["id"] for page in (first, second) for one in page["batches"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_an_unknown_batch_is_not_found(client: httpx.Client) -> None:
    path = "/v1/batches/bat_" + "0" * 32
    position = {"Upload-Offset": "0", "Upload-Complete": "?1"}

    assert {client.request(method, path).status_code for method in ("GET", "HEAD", "DELETE")} == {404}
    assert client.patch(path, content=b"x", headers=position).status_code == 404
    assert client.get(f"{path}/output").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/batches/%00", 404), ("/v1/datasets/%00", 404), ("/v1/datasets/default/records?version=%00", 422)],
)
def test_a_nul_character_names_nothing(client: httpx.Client, path: str, status: int) -> None:
    client.post("/v1/datasets", json={"name": "default"})

    assert client.get(path).status_code == status
