"""The command writes an export to a bucket: whole or marked as unfinished, and goes on where it was interrupted."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff import Client
from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.errors import InvalidRequest, NotFound, ServiceUnavailable
from imgdiff.exports.folders import export_to_folder
from imgdiff.exports.prefixes import export_to_prefix
from imgdiff.exports.receiving import Wanted
from imgdiff.records import Record
from tests.gateway.broken_exports import Breaking, Store, download, url
from tests.gateway.exports.dataset import COMPANIONS, store_image

__all__ = ["url"]  # a fixture
RUNNER = CliRunner()
FILES = 4 + len(COMPANIONS)
STATE, COMPLETE, WRITER = ".imgdiff-export.json", ".imgdiff-complete.json", ".imgdiff-writer.json"


def _run(url: str, *arguments: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, ["export", "default", "--url", url, *arguments])
    return result.exit_code, " ".join(result.output.split())


def _export(client: Client, bucket: Any, format_: str = "jsonl") -> int:
    return export_to_prefix(client, Wanted("default", format_, {"images": True}), f"s3://{bucket.name}/out", _ignore)


def _ignore(*_: int) -> None:
    pass


def _contents(bucket: Any) -> dict[str, bytes]:
    objects = {one.key.removeprefix("out/"): one.get()["Body"].read() for one in bucket.objects.all()}
    return {name: content for name, content in objects.items() if name not in {STATE, COMPLETE, WRITER}}


def _marks(bucket: Any) -> set[str]:
    return {one.key.removeprefix("out/") for one in bucket.objects.all()} & {STATE, COMPLETE}


def _folder(url: str, folder: Path) -> dict[str, bytes]:
    with Client(url) as client:
        export_to_folder(client, "default", "jsonl", folder, {"images": True}, _ignore)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_prefix_holds_the_files_of_the_folder_and_a_mark_that_it_is_complete(
    url: str, bucket: Any, tmp_path: Path
) -> None:
    code, output = _run(url, "--images", "--output", f"s3://{bucket.name}/out/", "--json")

    assert (code, json.loads(output)["files"]) == (ExitCode.OK, FILES)
    assert _contents(bucket) == _folder(url, tmp_path / "out")
    mark = json.loads(bucket.Object(f"out/{COMPLETE}").get()["Body"].read())
    assert (mark["dataset"], mark["format"], mark["files"], _marks(bucket)) == ("default", "jsonl", FILES, {COMPLETE})
    with Client(url) as client, pytest.raises(InvalidRequest, match="has a complete export; name a new prefix"):
        _export(client, bucket)


@pytest.mark.parametrize("name", ["out.tar", "in/out.zip", "out.jsonl"])
def test_a_file_is_one_object(url: str, bucket: Any, name: str) -> None:
    code, output = _run(url, "--output", f"s3://{bucket.name}/{name}", "--json")
    expected = download(url, images="false", **({} if name.endswith("jsonl") else {"container": name[-3:]}))

    assert (code, json.loads(output)["bytes"]) == (ExitCode.OK, len(expected))
    assert _contents(bucket) == {name: expected}


def test_an_export_that_breaks_off_goes_on_by_itself(url: str, bucket: Any, tmp_path: Path) -> None:
    size = len(download(url))
    with Breaking(url, size // 2, size // 3) as client:
        assert _export(client, bucket) == FILES

    assert _contents(bucket) == _folder(url, tmp_path / "out")
    assert 0 < client.starts[1] < size // 2


@pytest.mark.parametrize(("by_ctrl_c", "error"), [(False, ServiceUnavailable), (True, KeyboardInterrupt)])
def test_an_interrupted_command_leaves_a_mark_and_goes_on_when_it_is_run_again(
    url: str, bucket: Any, tmp_path: Path, by_ctrl_c: bool, error: type[BaseException]
) -> None:
    size = len(download(url))
    with Breaking(url, size // 2, *[10] * 9, by_ctrl_c=by_ctrl_c) as client, pytest.raises(error):
        _export(client, bucket)
    left, marks = _contents(bucket), _marks(bucket)
    bucket.Object("out/large").initiate_multipart_upload()  # as a process that was killed leaves it
    with Breaking(url) as client:
        files = _export(client, bucket)

    assert (0 < len(left) < FILES, marks) == (True, {STATE})
    assert client.starts[0] > 0
    assert (files, _marks(bucket), list(bucket.multipart_uploads.all())) == (FILES, {COMPLETE}, [])
    assert _contents(bucket) == _folder(url, tmp_path / "out")


@pytest.fixture
def large(url: str, settings: GatewaySettings, record: Record, store_record: Store) -> bytes:
    """An image of 11 MiB in another record, which is sent in parts."""
    pixels = np.random.default_rng(1).integers(0, 256, (1600, 2400, 3), dtype=np.uint8)
    database, store = Database(settings.database_url), AssetStore(settings.assets_url)
    side = store_image(database, store, pixels)
    store_record(database, record.model_copy(update={"image1": side, "image2": side}))
    database.close()
    return store.get(side.asset)


@pytest.mark.parametrize(("by_ctrl_c", "error"), [(False, ServiceUnavailable), (True, KeyboardInterrupt)])
def test_a_large_file_that_breaks_off_leaves_no_parts(
    url: str, bucket: Any, large: bytes, by_ctrl_c: bool, error: type[BaseException]
) -> None:
    size = len(download(url))
    with Breaking(url, size - 2**20, *[10] * 9, by_ctrl_c=by_ctrl_c) as client, pytest.raises(error):
        _export(client, bucket)
    left = _contents(bucket)

    assert (len(left), list(bucket.multipart_uploads.all())) == (4, [])
    with Client(url) as client:
        assert _export(client, bucket) == FILES + 1
    assert large in _contents(bucket).values()


def test_a_dataset_that_changed_is_exported_from_the_start(url: str, bucket: Any, tmp_path: Path) -> None:
    with Breaking(url, 3000, *[10] * 9) as client, pytest.raises(ServiceUnavailable):
        _export(client, bucket)
    state = json.loads(bucket.Object(f"out/{STATE}").get()["Body"].read())
    state["position"]["tag"] = '"of former records"'
    bucket.put_object(Key=f"out/{STATE}", Body=json.dumps(state))
    bucket.put_object(Key="out/images/former.png", Body=b"")
    with Client(url) as client:
        _export(client, bucket)

    assert _contents(bucket) == _folder(url, tmp_path / "out")


def test_what_another_export_left_is_not_taken_for_this_one(url: str, bucket: Any) -> None:
    with Breaking(url, 3000, *[10] * 9) as client, pytest.raises(ServiceUnavailable):
        _export(client, bucket)
    with Client(url) as client:
        _export(client, bucket, "records")

    assert "data.jsonl" not in _contents(bucket)


def test_a_removal_of_another_export_that_is_interrupted_goes_on(url: str, bucket: Any, s3_endpoint: str) -> None:
    with Breaking(url, 20_000, *[10] * 9) as client, pytest.raises(ServiceUnavailable):
        _export(client, bucket)
    left = _contents(bucket)
    with Client(url) as client:
        httpx.post(f"{s3_endpoint}/moto-api/reset-auth", content=b"9").raise_for_status()  # requests, then none
        try:
            with pytest.raises(InvalidRequest, match=r"is denied \(DeleteObject"):
                _export(client, bucket, "records")
        finally:
            httpx.post(f"{s3_endpoint}/moto-api/reset-auth", content=b"inf").raise_for_status()
        assert (len(left) - len(_contents(bucket)), _marks(bucket)) == (1, {STATE})
        bucket.Object(f"out/{WRITER}").delete()  # as when it has lapsed: it could not be deleted either
        _export(client, bucket, "records")

    assert (set(left) & set(_contents(bucket)) - COMPANIONS, _marks(bucket)) == (set(), {COMPLETE})


def test_a_prefix_with_anything_else_is_left_alone(url: str, bucket: Any) -> None:
    bucket.put_object(Key="out/letter.txt", Body=b"kept")
    with Client(url) as client, pytest.raises(InvalidRequest, match="is not what an export left"):
        _export(client, bucket)

    assert _contents(bucket) == {"letter.txt": b"kept"}


def test_an_image_that_is_missing_leaves_no_complete_export(
    url: str, bucket: Any, settings: GatewaySettings, record: Record, store_record: Store
) -> None:
    database = Database(settings.database_url)
    store_record(database, record)
    database.close()
    with Client(url) as client, pytest.raises(NotFound, match=record.image1.asset):
        _export(client, bucket)

    assert _marks(bucket) == {STATE}
    assert _run(url, "--images", "--output", f"s3://{bucket.name}/x.tar")[0] != ExitCode.OK
    assert "x.tar" not in _contents(bucket)


def test_what_cannot_be_written_ends_the_command_with_its_exit_code(
    url: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, missing = _run(url, "--output", f"s3://{bucket.name}"), _run(url, "--output", "s3://nowhere/out")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    unknown = _run(url, "--output", f"s3://{bucket.name}/out.tar")

    assert (whole[0], "has no prefix" in whole[1]) == (ExitCode.BAD_INPUT, True)
    assert (missing[0], "there is no bucket 'nowhere'; create it first" in missing[1]) == (ExitCode.NOT_FOUND, True)
    assert (unknown[0], "no credentials for s3://" in unknown[1]) == (ExitCode.UNAVAILABLE, True)
