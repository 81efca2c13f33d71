"""Errors of a disk are told apart, also where a library has kept only their text."""

import errno
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore

from imgdiff.buckets.disks import disk_trouble
from tests.full_disk import full_disk


def test_a_file_and_a_store_on_a_disk_that_takes_no_more_are_told(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)

    with full_disk(10):
        with pytest.raises(OSError, match="File too large") as of_file:
            (tmp_path / "file").write_bytes(b"x" * 100)
        with pytest.raises(Exception, match="File too large") as of_store:
            obstore.put(store, "a/b", b"x" * 100)

    assert disk_trouble(of_file.value) == disk_trouble(of_store.value) == "the disk takes no more of this file"


def test_other_errors_are_no_trouble_of_a_disk() -> None:
    assert disk_trouble(OSError(errno.ENOSPC, "No space left on device")) == "the disk is full"
    assert disk_trouble(BrokenPipeError(errno.EPIPE, "Broken pipe")) is None
    assert disk_trouble(KeyError("disk")) is None
