"""Bytes are stored and read in a folder and in S3."""

from pathlib import Path

import httpx
import pytest

from gateway.store.objects import AssetStore
from imgdiff.composition.assets import asset_id
from imgdiff.errors import NotFound, ServiceUnavailable


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AssetStore:
    if request.param == "file":
        return AssetStore((tmp_path / "a folder").as_uri())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    endpoint = request.getfixturevalue("s3_endpoint")
    httpx.put(f"{endpoint}/images").raise_for_status()
    return AssetStore("s3://images/tests", endpoint)


@pytest.mark.parametrize("given", [True, False])
def test_the_setting_wins_over_the_endpoint_of_the_environment(
    s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9" if given else s3_endpoint)
    httpx.put(f"{s3_endpoint}/images").raise_for_status()

    AssetStore("s3://images", s3_endpoint if given else None).ping()


def test_stored_bytes_are_read_back_by_their_digest(store: AssetStore) -> None:
    data = bytes(range(256)) * 1000
    key = store.put(data)

    assert key == asset_id(data) == store.put(data)
    assert store.get(key) == store.view(key) == data
    assert (store.size(key), store.has(key)) == (len(data), True)
    assert store.start(key, 25) == data[:25]
    assert store.start(store.put(b"short"), 25) == b"short"


def test_bytes_that_were_never_stored_are_not_found(store: AssetStore) -> None:
    with pytest.raises(NotFound):
        store.get(asset_id(b"never"))
    with pytest.raises(NotFound):
        store.start(asset_id(b"never"), 25)
    assert not store.has(asset_id(b"never"))
    store.ping()


def test_a_store_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    store = AssetStore("s3://images", "http://127.0.0.1:9")

    with pytest.raises(ServiceUnavailable):
        store.ping()


def test_an_unknown_kind_of_store_is_rejected_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known: file, s3"):
        AssetStore("ftp://somewhere")


def test_what_is_derived_goes_with_its_image(store: AssetStore) -> None:
    key = store.put(b"an image")
    store.put_derived(key, "160.webp", b"small")

    assert (store.find_derived(key, "160.webp"), store.find_derived(key, "320.webp")) == (b"small", None)
    store.delete(key)
    assert store.find_derived(key, "160.webp") is None
    store.put_derived(key, "160.webp", b"by a request that read the image before")
    assert store.find_derived(key, "160.webp") is None
