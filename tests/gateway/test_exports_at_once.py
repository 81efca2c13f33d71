"""Two processes do not export to one folder or one prefix; what a killed one left does not block another for ever."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgdiff import Client
from imgdiff.buckets.leases import LEASE, LEASE_SECONDS
from imgdiff.errors import Conflict, InvalidRequest
from imgdiff.exports.folders import export_to_folder
from imgdiff.exports.prefixes import export_to_prefix
from imgdiff.exports.receiving import Wanted
from tests.gateway.broken_exports import download, url

__all__ = ["url"]  # a fixture
Contents = Callable[[], dict[str, bytes]]
MARKS = {".imgdiff-export.json", ".imgdiff-complete.json", LEASE}


@contextmanager
def _exporting(url: str, target: str) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of an export to the target."""
    command = [sys.executable, "-m", "tests.gateway.exporting", url, target, str(len(download(url)) // 2)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def _to_folder(url: str, folder: Path, format_: str = "jsonl") -> int:
    with Client(url) as client:
        return export_to_folder(client, "default", format_, folder, {"images": True}, lambda *_: None)


def _to_prefix(url: str, address: str, format_: str = "jsonl") -> int:
    with Client(url) as client:
        return export_to_prefix(client, Wanted("default", format_, {"images": True}), address, lambda *_: None)


def _in_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _in_bucket(bucket: Any) -> dict[str, bytes]:
    found = {one.key.removeprefix("out/"): one.get()["Body"].read() for one in bucket.objects.all()}
    return {name: content for name, content in found.items() if name not in MARKS}


def test_a_folder_that_another_process_writes_is_refused_and_that_process_ends_well(url: str, tmp_path: Path) -> None:
    with _exporting(url, str(tmp_path / "out")) as process:
        for format_ in ("jsonl", "records"):  # the same export, and another one
            with pytest.raises(Conflict, match=r"another process writes an export to .*out\.partial"):
                _to_folder(url, tmp_path / "out", format_)
        process.communicate("\n", timeout=60)
    _to_folder(url, tmp_path / "whole")

    assert process.returncode == 0
    assert _in_folder(tmp_path / "out") == _in_folder(tmp_path / "whole")
    assert {path.name for path in tmp_path.glob("out*")} == {"out"}


def test_a_folder_of_a_killed_process_goes_on_at_once(url: str, tmp_path: Path) -> None:
    with _exporting(url, str(tmp_path / "out")) as process:
        process.kill()
        process.wait()
        left = _in_folder(tmp_path / "out.partial")
        _to_folder(url, tmp_path / "out")
    _to_folder(url, tmp_path / "whole")

    assert left
    assert _in_folder(tmp_path / "out") == _in_folder(tmp_path / "whole")


def test_a_folder_that_appeared_meanwhile_is_left_alone(url: str, tmp_path: Path) -> None:
    with _exporting(url, str(tmp_path / "out")) as process:
        (tmp_path / "out").mkdir()
        with pytest.raises(InvalidRequest, match="exists; name a new folder"):
            _to_folder(url, tmp_path / "out")
        process.communicate("\n", timeout=60)

    assert process.returncode != 0
    assert list((tmp_path / "out").iterdir()) == []


def test_a_prefix_that_another_process_writes_is_refused_and_that_process_ends_well(
    url: str, bucket: Any, tmp_path: Path
) -> None:
    address = f"s3://{bucket.name}/out"
    with _exporting(url, address) as process:
        for format_ in ("jsonl", "records"):
            with pytest.raises(Conflict, match=f"process {process.pid} of .* writes an export to {address}"):
                _to_prefix(url, address, format_)
        process.communicate("\n", timeout=60)
    _to_folder(url, tmp_path / "whole")

    assert process.returncode == 0
    assert _in_bucket(bucket) == _in_folder(tmp_path / "whole")
    assert not any(one.key.endswith(LEASE) for one in bucket.objects.all())


def test_a_prefix_of_a_killed_process_goes_on_once_its_mark_has_lapsed(url: str, bucket: Any, tmp_path: Path) -> None:
    address = f"s3://{bucket.name}/out"
    with _exporting(url, address) as process:
        process.kill()
        process.wait()
        with pytest.raises(Conflict, match=rf"If it was killed, its mark {LEASE} lapses at"):
            _to_prefix(url, address)
        _let_lapse(bucket)
        _to_prefix(url, address)
    _to_folder(url, tmp_path / "whole")

    assert _in_bucket(bucket) == _in_folder(tmp_path / "whole")
    assert not any(one.key.endswith(LEASE) for one in bucket.objects.all())


def _let_lapse(bucket: Any) -> None:
    """Make the mark as old as it is when nobody has renewed it for its time."""
    mark = bucket.Object(f"out/{LEASE}")
    writer = json.loads(mark.get()["Body"].read())
    renewed = datetime.fromisoformat(writer["renewed_at"]) - timedelta(seconds=LEASE_SECONDS)
    mark.put(Body=json.dumps(writer | {"renewed_at": renewed.isoformat()}))


def test_an_export_that_was_taken_over_from_a_suspended_process_stays_whole(
    url: str, bucket: Any, tmp_path: Path
) -> None:
    address = f"s3://{bucket.name}/out"
    with _exporting(url, address) as process:
        process.send_signal(signal.SIGSTOP)
        _let_lapse(bucket)
        _to_prefix(url, address)
        process.send_signal(signal.SIGCONT)
        process.communicate("\n", timeout=60)
    _to_folder(url, tmp_path / "whole")

    assert _in_bucket(bucket) == _in_folder(tmp_path / "whole")
