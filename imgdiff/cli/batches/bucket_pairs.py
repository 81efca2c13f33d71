"""Pairs below a prefix of a bucket: two folders of images with the same names, listed side by side a page at a time."""

import hashlib
from collections.abc import Generator, Iterator
from pathlib import PurePosixPath

from imgdiff.buckets.bucket import Bucket, Listed
from imgdiff.cli.batches.entries import KNOWN_SIDES, PICTURES, SIDES, Entry, Picture, entry_of_pair
from imgdiff.errors import InvalidRequest


class BucketPairs:
    """The pairs of a bucket that stays open; raises InvalidRequest as for a folder: no two folders, no partner.

    What the store refuses later is raised as boto3 raises it, and only an image that has gone is an error of its line.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        sides = find_sides(bucket)
        if sides is None:
            known = f"folders {KNOWN_SIDES}, or a .jsonl or .csv file"
            raise InvalidRequest(f"{bucket.address} holds no pairs of PNG, JPEG or WebP images; known: {known}")
        self._sides = sides
        digest = hashlib.sha256(f"{bucket.address}\n".encode())
        for pair in self._pairs():
            digest.update("".join(f"{one.path} {one.size} {one.tag}\n" for one in pair).encode())
        self.fingerprint = digest.hexdigest()

    def entries(self, after: int) -> Generator[Entry, None, None]:
        """The pairs behind the first `after`, in the order of their names."""
        for line, (first, second) in enumerate(self._pairs(), 1):
            if line > after:
                given = {"custom_id": _name(first)}
                yield entry_of_pair(line, given, self._picture(first), self._picture(second))

    def _pairs(self) -> Iterator[tuple[Listed, Listed]]:
        """Both folders are in order, so one walk along both finds the partners."""
        firsts, seconds = (_pictures(self._bucket, side) for side in self._sides)
        second = next(seconds, None)
        for first in firsts:
            while second is not None and _order(second) < _order(first):
                second = next(seconds, None)
            if second is None or _name(second) != _name(first):
                raise InvalidRequest(f"{self._bucket.address}/{self._sides[1]}/{_name(first)} is missing")
            yield first, second

    def _picture(self, listed: Listed) -> Picture:
        address = f"{self._bucket.address}/{listed.path}"

        def read() -> bytes:
            content = self._bucket.read(listed.path)
            if content is None:
                raise InvalidRequest(f"{address} is missing")
            return content

        return Picture(address, read)


def find_sides(bucket: Bucket) -> tuple[str, str] | None:
    """The two folders that hold images, if there are any."""
    return next(
        (sides for sides in SIDES if all(next(_pictures(bucket, side), None) is not None for side in sides)), None
    )


def _pictures(bucket: Bucket, folder: str) -> Iterator[Listed]:
    before = b""
    for one in bucket.list(folder):
        if PurePosixPath(one.path).suffix.lower() not in PICTURES:
            continue
        if _order(one) < before:
            raise InvalidRequest(f"{bucket.address} does not list its keys in order; copy the images into a folder")
        before = _order(one)
        yield one


def _name(listed: Listed) -> str:
    return PurePosixPath(listed.path).name


def _order(listed: Listed) -> bytes:
    """S3 lists keys by their bytes."""
    return _name(listed).encode()
