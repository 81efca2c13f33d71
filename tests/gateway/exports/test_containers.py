"""Archives hold the files, are the same each time, and can be read from any byte on."""

import io
import tarfile
import zipfile
from collections.abc import Iterator

import pytest

from gateway.exports.containers import tar_size, write_tar, write_zip
from gateway.exports.files import ExportFile

CONTENTS = {"data.jsonl": b"{}\n", "images/a.png": bytes(range(256)) * 30, "empty": b"", "ä" * 90 + "/b": b"long"}


def _files() -> Iterator[ExportFile]:
    return (ExportFile.of(path, content) for path, content in CONTENTS.items())


def test_a_tar_archive_holds_every_file_under_one_folder() -> None:
    data = b"".join(write_tar(_files(), "set"))

    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]

    assert found == {f"set/{path}": content for path, content in CONTENTS.items()}
    assert len(data) % tarfile.RECORDSIZE == 0


@pytest.mark.parametrize("folder", [None, "set"])
@pytest.mark.parametrize("length", [95, 96, 97, 100, 101, 300])
def test_the_size_of_a_tar_archive_is_known_without_its_contents(folder: str | None, length: int) -> None:
    files = [*_files(), ExportFile.of("n" * length, b"content")]

    assert tar_size(files, folder) == len(b"".join(write_tar(files, folder)))


def test_a_zip_archive_holds_every_file_under_one_folder() -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(write_zip(_files(), "set")))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"set/{path}": content for path, content in CONTENTS.items()
        }


def test_archives_are_the_same_each_time() -> None:
    assert list(write_tar(_files(), "set")) == list(write_tar(_files(), "set"))
    assert b"".join(write_zip(_files(), "set")) == b"".join(write_zip(_files(), "set"))


@pytest.mark.parametrize("start", [0, 1, 511, 512, 600, 5000, 8192, 10_239, 10_240, 10**6])
def test_a_tar_archive_goes_on_from_any_byte(start: int) -> None:
    assert b"".join(write_tar(_files(), "set", start)) == b"".join(write_tar(_files(), "set"))[start:]


def test_contents_before_the_start_are_not_read() -> None:
    read: list[str] = []

    def files() -> Iterator[ExportFile]:
        for path, content in CONTENTS.items():
            yield ExportFile(
                path, len(content), lambda path=path, content=content: (read.append(path), iter([content]))[1]
            )  # type: ignore[misc,func-returns-value]

    whole = b"".join(write_tar(_files(), "set"))
    start = whole.index(b"set/empty")
    rest = b"".join(write_tar(files(), "set", start))

    assert rest == whole[start:]
    assert read == ["empty", "ä" * 90 + "/b"]


def test_a_file_is_read_as_it_is_sent() -> None:
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield bytes(10)

    archive = write_tar([ExportFile("large", 30, pieces)])
    next(archive)  # the header
    next(archive)

    assert read == [0]


def _failing(after: int) -> ExportFile:
    """A file that cannot be read after some pieces of ten bytes."""

    def pieces() -> Iterator[bytes]:
        yield from [bytes(10)] * after
        raise OSError("gone")

    return ExportFile("large", 30, pieces)


def _write_failing(last: ExportFile) -> bytes:
    whole = ExportFile.of("whole", b"abc")
    archive = write_tar([whole, last], "set", explain=lambda error: ExportFile.of("why", str(error).encode()))
    received: list[bytes] = []
    with pytest.raises(OSError, match="gone"):
        received.extend(archive)
    return b"".join(received)


def test_a_file_that_cannot_be_read_at_all_is_explained_in_its_place() -> None:
    data = _write_failing(_failing(0))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]

    assert found == {"set/whole": b"abc", "set/why": b"gone"}
    assert not data.endswith(bytes(2 * tarfile.BLOCKSIZE))  # an archive's end


def test_a_file_that_breaks_off_ends_the_archive_inside_it() -> None:
    data = _write_failing(_failing(1))

    assert (b"why" in data, data.endswith(bytes(10))) == (False, True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive, pytest.raises(tarfile.ReadError, match="unexpected end"):
        archive.extractfile("set/large").read()  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [2, 4])
def test_a_file_of_another_size_than_stated_breaks_the_archive(size: int) -> None:
    wrong = ExportFile("a", size, lambda: iter([b"abc"]))

    with pytest.raises(ValueError, match=f"a has 3 bytes, not {size}"):
        list(write_tar([wrong], "set"))
