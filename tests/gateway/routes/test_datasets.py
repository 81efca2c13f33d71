"""Datasets are created, counted, paged and exported, on both databases."""

from collections.abc import Callable

import httpx
import pytest

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.records import Record, Verdict

Store = Callable[[Database, Record], Record]


@pytest.fixture
def client(settings: GatewaySettings, database: Database, serve) -> httpx.Client:  # type: ignore[no-untyped-def]
    url = database.url.render_as_string(hide_password=False)
    client: httpx.Client = serve(create_app(settings.model_copy(update={"database_url": url})))
    return client


def _make(client: httpx.Client, name: str, **headers: str) -> httpx.Response:
    return client.post("/v1/datasets", json={"name": name, "description": "about it"}, headers=headers)


def test_a_new_dataset_is_empty_and_at_its_location(client: httpx.Client) -> None:
    answer = _make(client, "kitchens")
    found = client.get(answer.headers["location"])

    assert answer.status_code == 201
    assert found.json() == answer.json()
    assert (found.json()["records"], found.json()["description"]) == (0, "about it")


def test_a_name_can_be_used_only_once(client: httpx.Client) -> None:
    _make(client, "kitchens")

    assert (_make(client, "kitchens").status_code, _make(client, "kitchens").json()["type"]) == (
        409,
        "urn:imgdiff:problem:conflict",
    )


def test_the_same_key_replays_and_another_request_with_it_is_rejected(client: httpx.Client) -> None:
    key = {"Idempotency-Key": '"abc"'}
    first, again, other = _make(client, "a", **key), _make(client, "a", **key), _make(client, "b", **key)

    assert (again.status_code, again.json(), again.headers["location"]) == (201, first.json(), "/v1/datasets/a")
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (422, "urn:imgdiff:problem:idempotency-mismatch")


def test_a_rejected_request_leaves_its_key_free(client: httpx.Client) -> None:
    _make(client, "a")
    key = {"Idempotency-Key": "abc"}

    assert _make(client, "a", **key).status_code == 409
    assert _make(client, "b", **key).status_code == 201


def test_listing_goes_by_name_page_by_page(client: httpx.Client) -> None:
    for name in ("c", "a", "b"):
        _make(client, name)
    first = client.get("/v1/datasets", params={"page_size": 2}).json()
    second = client.get("/v1/datasets", params={"page_size": 2, "cursor": first["next_cursor"]}).json()

    assert [d["name"] for d in first["datasets"] + second["datasets"]] == ["a", "b", "c"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["nonsense", "!!!", "MTo", "MTphYmM"])
def test_an_invalid_cursor_is_rejected(client: httpx.Client, cursor: str) -> None:
    _make(client, "a")
    answer = client.get("/v1/datasets/a/records", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


def test_records_are_counted_filtered_and_paged(
    client: httpx.Client, database: Database, record: Record, store_record: Store
) -> None:
    same = record.model_copy(update={"verdict": Verdict.SAME, "regions": ()})
    stored = [store_record(database, one) for one in (record, same, record)]

    def ids(**params: str | int) -> list[str]:
        page = client.get("/v1/datasets/default/records", params=params).json()
        return [found["id"] for found in page["records"]]

    assert client.get("/v1/datasets/default").json()["verdicts"] == {"different": 2, "same": 1}
    assert ids() == [one.id for one in stored] == ids(page_size=1_000_000)
    assert ids(verdict="same") == [stored[1].id]
    assert ids(change="removed") == [stored[0].id, stored[2].id]
    assert ids(change="changed") == []  # the only such region was dropped
    assert ids(change="removed", verdict="same") == []
    first = client.get("/v1/datasets/default/records", params={"page_size": 2}).json()
    assert ids(cursor=first["next_cursor"]) == [stored[2].id]


@pytest.mark.parametrize(
    "params", [{"page_size": "0"}, {"page_size": "-1"}, {"verdict": "maybe"}, {"change": "eaten"}, {"sort": "x"}]
)
def test_an_unknown_filter_is_rejected(client: httpx.Client, params: dict[str, str]) -> None:
    _make(client, "a")
    answer = client.get("/v1/datasets/a/records", params=params)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/query/{next(iter(params))}")


@pytest.mark.parametrize("path", ["", "/records", "/export"])
def test_an_unknown_dataset_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(f"/v1/datasets/nowhere{path}").status_code == 404


def test_description_and_tags_change_one_by_one(client: httpx.Client) -> None:
    _make(client, "kitchens")
    tagged = client.patch("/v1/datasets/kitchens", json={"tags": ["b", "a", "b"]}).json()
    described = client.patch("/v1/datasets/kitchens", json={"description": "all of them"}).json()

    assert (tagged["tags"], tagged["description"]) == (["a", "b"], "about it")
    assert described == {**tagged, "description": "all of them"} == client.get("/v1/datasets/kitchens").json()
    assert client.patch("/v1/datasets/nowhere", json={}).status_code == 404
    refused = client.patch("/v1/datasets/kitchens", json={"description": "\0", "tags": [""], "name": "x"})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/description", "/tags/0", "/name"]


def test_a_version_is_frozen_listed_and_deleted(
    client: httpx.Client, database: Database, record: Record, store_record: Store
) -> None:
    stored = [store_record(database, record) for _ in range(2)]
    path, key = "/v1/datasets/default/versions", {"Idempotency-Key": "one"}
    first = client.post(path, json={"name": "v1"}, headers=key)
    store_record(database, record)
    again, taken = client.post(path, json={"name": "v1"}, headers=key), client.post(path, json={"name": "v1"})
    client.post(path, json={"name": "v2", "description": "with another"})

    assert (first.status_code, first.json()["records"]) == (201, 2)
    assert (again.json(), taken.status_code) == (first.json(), 409)
    assert client.get(first.headers["location"]).json() == first.json()
    listed = client.get(path, params={"page_size": 1}).json()
    rest = client.get(path, params={"cursor": listed["next_cursor"]}).json()
    assert [one["name"] for one in listed["versions"] + rest["versions"]] == ["v1", "v2"]
    frozen = client.get("/v1/datasets/default/records", params={"version": "v1"}).json()
    assert [one["id"] for one in frozen["records"]] == [one.id for one in stored]
    assert client.delete(f"{path}/v1").status_code == 204
    assert client.get(f"{path}/v1").status_code == client.delete(f"{path}/v1").status_code == 404
    assert client.get("/v1/datasets/default/records", params={"version": "v1"}).status_code == 404


@pytest.mark.parametrize("name", ["", "V1", "a/b", "..", "x" * 65])
def test_a_version_has_a_name_that_fits_into_a_path(client: httpx.Client, name: str) -> None:
    _make(client, "a")

    assert client.post("/v1/datasets/a/versions", json={"name": name}).status_code == 422


def test_a_dataset_is_deleted_when_no_version_holds_it(
    client: httpx.Client, database: Database, record: Record, store_record: Store
) -> None:
    stored = store_record(database, record)
    client.post("/v1/datasets/default/versions", json={"name": "v1"})
    refused = [client.delete("/v1/datasets/default"), client.delete(f"/v1/records/{stored.id}")]
    client.delete("/v1/datasets/default/versions/v1")

    assert [one.status_code for one in refused] == [409, 409]
    assert all("v1" in one.json()["detail"] for one in refused)
    assert client.delete(f"/v1/records/{stored.id}").status_code == 204
    assert client.get(f"/v1/records/{stored.id}").status_code == 404
    assert client.get("/v1/datasets/default").json()["records"] == 0
    assert client.delete("/v1/datasets/default").status_code == 204
    assert client.get(f"/v1/jobs/{stored.job}").status_code == client.delete("/v1/datasets/default").status_code == 404
