"""The command writes an export to a folder or a file: whole or not at all, and goes on where it was interrupted."""

import io
import json
import tarfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.exports.catalogue import EXPORTERS
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff import Client
from imgdiff.cli.app import app
from imgdiff.client.exports import FORMATS
from imgdiff.errors import Conflict, ImgdiffError, InvalidRequest, NotFound, ServiceUnavailable
from imgdiff.exports.archives import read_members
from imgdiff.exports.folders import export_to_folder
from imgdiff.records import Record
from tests.full_disk import full_disk
from tests.gateway.broken_exports import Breaking, Store, cut, download, url
from tests.gateway.exports.dataset import COMPANIONS

__all__ = ["url"]  # a fixture
RUNNER = CliRunner()


def _run(url: str, *arguments: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, ["export", "default", "--url", url, *arguments])
    return result.exit_code, result.output


def test_a_folder_holds_the_files_of_the_archive(url: str, tmp_path: Path) -> None:
    code, output = _run(url, "--images", "--output", str(tmp_path / "out"), "--json")
    with tarfile.open(fileobj=io.BytesIO(download(url))) as archive:
        expected = {entry.name.partition("/")[2]: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    found = {str(path.relative_to(tmp_path / "out")): path.read_bytes() for path in (tmp_path / "out").rglob("*.*")}

    assert (code, json.loads(output)["files"]) == (0, 4 + len(COMPANIONS))
    assert found == expected
    assert [path.name for path in tmp_path.glob("out*")] == ["out"]


def test_a_limit_gives_a_few_records(url: str, tmp_path: Path) -> None:
    code, _ = _run(url, "--limit", "1", "--format", "records", "--output", str(tmp_path / "out"))

    assert (code, len((tmp_path / "out" / "records.jsonl").read_text().splitlines())) == (0, 1)
    assert "| Records | 1 |" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize("name", ["out.tar", "out.zip", "out.jsonl"])
def test_a_file_has_the_container_of_its_name(url: str, tmp_path: Path, name: str) -> None:
    code, output = _run(url, "--output", str(tmp_path / name), "--json")
    start = {"out.tar": b"default-jsonl/", "out.zip": b"PK", "out.jsonl": b'{"id"'}[name]

    assert (code, (tmp_path / name).read_bytes().startswith(start)) == (0, True)
    assert json.loads(output)["bytes"] == (tmp_path / name).stat().st_size


def test_the_help_lists_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    assert tuple(EXPORTERS) == FORMATS
    assert ", ".join(FORMATS)[:60] in " ".join(RUNNER.invoke(app, ["export", "--help"]).output.split())


def test_a_folder_that_exists_is_left_alone(url: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    code, output = _run(url, "--output", str(tmp_path / "out"))

    assert (code != 0, "exists; name a new folder" in output) == (True, True)
    assert list((tmp_path / "out").iterdir()) == []


def _export(client: Client, folder: Path) -> int:
    return export_to_folder(client, "default", "jsonl", folder, {"images": True}, lambda *_: None)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_export_goes_on_after_the_last_whole_file(url: str, tmp_path: Path) -> None:
    with Client(url) as client:
        _export(client, tmp_path / "whole")
    with tarfile.open(fileobj=io.BytesIO(download(url))) as archive:
        offsets = [entry.offset for entry in archive]
        third, fifth = (archive.getmembers()[at].offset_data + 10 for at in (2, 4))
    with Breaking(url, third, fifth - offsets[2]) as client:
        assert _export(client, tmp_path / "out") == 4 + len(COMPANIONS)

    assert _contents(tmp_path / "out") == _contents(tmp_path / "whole")
    assert client.starts == [0, offsets[2], offsets[4]]


def test_an_interrupted_command_goes_on_when_it_is_run_again(url: str, tmp_path: Path) -> None:
    size = len(download(url))
    with Breaking(url, size // 2, *[10] * 9) as client, pytest.raises(ServiceUnavailable):
        _export(client, tmp_path / "out")
    left = [path.name for path in tmp_path.glob("out*")]
    with Breaking(url) as client:
        _export(client, tmp_path / "out")

    assert left == ["out.partial"]
    assert client.starts[0] > 0
    assert [path.name for path in tmp_path.glob("out*")] == ["out"]


def test_a_full_disk_leaves_no_folder_and_the_export_goes_on_once_there_is_room(url: str, tmp_path: Path) -> None:
    with Client(url) as client:
        _export(client, tmp_path / "whole")
        with full_disk(4096), pytest.raises(InvalidRequest, match="cannot be written: File too large; run it again"):
            _export(client, tmp_path / "out")
        left = [path.name for path in tmp_path.glob("out*")]
        _export(client, tmp_path / "out")

    assert left == ["out.partial"]
    assert _contents(tmp_path / "out") == _contents(tmp_path / "whole")


def test_a_full_disk_leaves_no_file(url: str, tmp_path: Path) -> None:
    with full_disk(4096):
        code, output = _run(url, "--output", str(tmp_path / "out.tar"))

    assert (code, "cannot be written: File too large" in output.replace("\n", " ")) == (3, True)
    assert list(tmp_path.glob("out*")) == []


def test_a_dataset_that_does_not_exist_leaves_nothing(url: str, tmp_path: Path) -> None:
    with Client(url) as client, pytest.raises(NotFound):
        export_to_folder(client, "nowhere", "jsonl", tmp_path / "out", {}, lambda *_: None)

    assert list(tmp_path.glob("out*")) == []


def test_a_folder_of_somebody_elses_with_the_partial_name_is_left_alone(url: str, tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial/letter.txt").write_text("kept")
    with Client(url) as client, pytest.raises(InvalidRequest, match="is not what an export left"):
        _export(client, tmp_path / "out")

    assert (tmp_path / "out.partial/letter.txt").read_text() == "kept"


def test_what_another_export_left_is_not_taken_for_this_one(url: str, tmp_path: Path) -> None:
    with Breaking(url, 3000, *[10] * 9) as client, pytest.raises(ServiceUnavailable):
        _export(client, tmp_path / "out")
    with Client(url) as client:
        export_to_folder(client, "default", "records", tmp_path / "out", {}, lambda *_: None)

    assert set(_contents(tmp_path / "out")) - COMPANIONS == {"records.jsonl"}


def test_an_image_that_is_missing_leaves_no_folder(
    url: str, settings: GatewaySettings, record: Record, store_record: Store, tmp_path: Path
) -> None:
    database = Database(settings.database_url)
    store_record(database, record)
    database.close()
    with Client(url) as client, pytest.raises(NotFound, match=record.image1.asset):
        _export(client, tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir() if path.is_dir() and path.name.startswith("out")] == [
        "out.partial"
    ]


def test_what_was_deleted_meanwhile_is_reported_and_not_tried_again(url: str, tmp_path: Path, record: Record) -> None:
    problem = Conflict("records of 'default' were deleted").problem().model_dump_json().encode()
    entry = tarfile.TarInfo("default-jsonl/.imgdiff-error.json")
    entry.size = len(problem)

    class Failing(Breaking):
        @contextmanager
        def open_export(self, *arguments, **options):  # type: ignore[no-untyped-def,override]
            with Client.open_export(self, *arguments, **options) as stream:
                yield replace(stream, chunks=iter([entry.tobuf() + problem + bytes(-len(problem) % 512)]))

    with Failing(url) as client, pytest.raises(Conflict, match="could not be completed: records of 'default'"):
        _export(client, tmp_path / "out")

    assert len(client.starts) == 1
    assert not (tmp_path / "out").exists()


def _archive(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "/etc/passwd"
    return entry.tobuf() + bytes(tarfile.RECORDSIZE - tarfile.BLOCKSIZE)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (_archive("../a"), InvalidRequest),
        (_archive("/etc/a"), InvalidRequest),
        (_archive("set/../../a"), InvalidRequest),
        (_archive("set\\..\\a"), InvalidRequest),
        (_archive("a"), InvalidRequest),
        (_archive("set/a", tarfile.SYMTYPE), InvalidRequest),
        (_archive("set/a", tarfile.DIRTYPE), InvalidRequest),
        (_archive("set/a")[:512], ServiceUnavailable),
        (_archive("set/a")[:300], ServiceUnavailable),
        (b"", ServiceUnavailable),
    ],
)
def test_an_archive_that_is_cut_off_or_leaves_its_folder_is_refused(data: bytes, error: type[ImgdiffError]) -> None:
    with pytest.raises(error):
        list(read_members(iter([data]), 0))


def test_an_archive_that_is_cut_off_inside_a_file_is_an_interruption() -> None:
    entry = tarfile.TarInfo("set/a")
    entry.size = 5000
    member = next(read_members(iter([entry.tobuf() + b"a" * 2000]), 0))

    with pytest.raises(ServiceUnavailable, match="ended too early"):
        member.content.read()


def test_an_archive_with_a_broken_header_is_refused_before_a_file_is_left_out() -> None:
    entry = tarfile.TarInfo("set/a")
    header = entry.tobuf()
    members = read_members(iter([header, b"?" + header[1:], bytes(1024)]), 0)

    assert next(members).content.read() == b""
    with pytest.raises(ServiceUnavailable, match="a file has no header"):
        next(members)


def test_what_arrived_before_a_connection_broke_is_read_first() -> None:
    entry = tarfile.TarInfo("set/a")
    entry.size = 3
    members = read_members(cut(iter([entry.tobuf() + b"abc" + bytes(509)]), 1024), 0)

    assert next(members).content.read() == b"abc"
    with pytest.raises(ServiceUnavailable, match="the connection broke off"):
        next(members)
