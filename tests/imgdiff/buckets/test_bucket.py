"""Objects are written, read and listed through an S3 server; a file that fails half-way leaves nothing."""

from pathlib import Path
from typing import Any

import pytest

from imgdiff.buckets.addresses import Address
from imgdiff.buckets.bucket import open_bucket
from imgdiff.errors import InvalidRequest, NotFound

_MIB = 2**20  # bytes


class _Zeros:
    """A file of zeros; an error is raised when `fails_at` bytes were read."""

    def __init__(self, size: int, fails_at: int | None = None) -> None:
        self._size, self._fails_at, self.count = size, fails_at, 0

    def read(self, size: int = -1, /) -> bytes:
        if self._fails_at is not None and self.count >= self._fails_at:
            raise ConnectionError("the source broke off")
        taken = min(size, self._size - self.count) if size >= 0 else self._size - self.count
        self.count += taken
        return bytes(taken)


def _unfinished(bucket: Any) -> list[Any]:
    return list(bucket.multipart_uploads.all())


def test_objects_are_read_back_below_the_prefix(bucket: Any) -> None:
    with open_bucket(f"s3://{bucket.name}/a/b") as opened:
        assert opened.is_empty()
        opened.put("ü #1.png", b"bytes")

        assert (opened.read("ü #1.png"), opened.read("other"), opened.is_empty()) == (b"bytes", None, False)
    assert [one.key for one in bucket.objects.all()] == ["a/b/ü #1.png"]


def test_an_object_is_written_into_a_file_and_other_places_are_seen(bucket: Any, tmp_path: Path) -> None:
    with open_bucket(f"s3://{bucket.name}/a") as opened, (tmp_path / "file").open("w+b") as file:
        opened.put("b", b"bytes")

        assert (opened.download("none", file), opened.download("b", file), file.tell()) == (False, True, 5)
        assert opened.at(Address(bucket.name)).read("a/b") == b"bytes"
    assert (tmp_path / "file").read_bytes() == b"bytes"


def test_a_large_file_is_sent_in_parts(bucket: Any) -> None:
    with open_bucket(f"s3://{bucket.name}/a") as opened:
        opened.upload("large", _Zeros(20 * _MIB), 20 * _MIB)

    assert bucket.Object("a/large").content_length == 20 * _MIB
    assert bucket.Object("a/large").e_tag.endswith('-3"')  # of three parts


def test_a_file_that_breaks_off_leaves_neither_object_nor_parts(bucket: Any) -> None:
    with open_bucket(f"s3://{bucket.name}/a") as opened, pytest.raises(ConnectionError, match="broke off"):
        opened.upload("large", _Zeros(40 * _MIB, 20 * _MIB), 40 * _MIB)

    assert (list(bucket.objects.all()), _unfinished(bucket)) == ([], [])


def test_a_store_that_refuses_a_file_ends_its_reading(bucket: Any) -> None:
    zeros = _Zeros(400 * _MIB)
    with pytest.raises(NotFound), open_bucket("s3://nowhere/a") as opened:
        opened.upload("large", zeros, 400 * _MIB)

    assert zeros.count <= 200 * _MIB  # of which boto3 holds at most fourteen parts


def test_a_folder_is_listed_over_many_pages_without_its_subfolders(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")  # of a page of the server
    names = sorted(f"{number}.png" for number in range(11))
    with open_bucket(f"s3://{bucket.name}/a") as opened:
        for name in [*names, "deep/1.png"]:
            opened.put(f"in/{name}", b"12")
        listed = list(opened.list("in"))

    assert [one.path for one in listed] == [f"in/{name}" for name in names]
    assert {one.size for one in listed} == {2}


def test_clearing_deletes_what_is_below_the_prefix_alone(bucket: Any) -> None:
    bucket.put_object(Key="ab/kept", Body=b"")
    bucket.Object("a/left").initiate_multipart_upload()
    bucket.Object("ab/left").initiate_multipart_upload()
    with open_bucket(f"s3://{bucket.name}/a") as opened:
        opened.put("x/1", b"")
        opened.clear(last="x/2")

    assert [one.key for one in bucket.objects.all()] == ["ab/kept"]
    assert [one.object_key for one in _unfinished(bucket)] == ["ab/left"]


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="write s3://BUCKET/PREFIX"), open_bucket("s3:///a"):
        pass
