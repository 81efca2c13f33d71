"""A manifest of JSON lines or CSV in a bucket, whose images lie in the same bucket."""

import hashlib
import posixpath
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from tempfile import TemporaryFile

from imgdiff.buckets.addresses import SCHEME, Address, is_address
from imgdiff.buckets.bucket import Bucket
from imgdiff.cli.batches.entries import Entry, Picture, Skipped
from imgdiff.cli.batches.written_lines import is_written, read_lines
from imgdiff.errors import InvalidRequest


def find_manifest(bucket: Bucket) -> str | None:
    """The one manifest right below the prefix, if there is any; raises InvalidRequest where there are several."""
    found = [one.path for one in bucket.list("") if is_written(one.path)]
    if len(found) > 1:
        raise InvalidRequest(f"{bucket.address} holds several manifests; name one: {', '.join(found)}")
    return next(iter(found), None)


class BucketManifest:
    """A manifest in a temporary file, which hours of uploads read; images are read from the bucket in their turn."""

    def __init__(self, bucket: Bucket, path: str, file: BufferedRandom) -> None:
        self._bucket, self._file = bucket, file
        self._name = f"{bucket.address}/{path}"
        file.seek(0)
        self.fingerprint = f"{self._name} {hashlib.file_digest(file, 'sha256').hexdigest()}"

    def entries(self, after: int) -> Generator[Entry | Skipped, None, None]:
        """Its requests behind a line."""
        self._file.seek(0)
        lines = read_lines(self._file, self._name, self._locate)
        return (one for one in lines if one.line > after)

    def _locate(self, name: str) -> Picture:
        """An image by its key, which starts at the manifest's folder, or by its address."""
        folder = self._bucket.address
        key = name.removeprefix(f"{SCHEME}{folder.bucket}/") if is_address(name) else folder.key(name)
        address = Address(folder.bucket, posixpath.normpath(key).lstrip("/"))

        def read() -> bytes:
            if is_address(key):
                raise InvalidRequest(f"{name} is in another bucket than its manifest; copy it into {folder.bucket}")
            content = self._bucket.at(Address(folder.bucket)).read(address.prefix)
            if content is None:
                raise InvalidRequest(f"{address} is missing")
            return content

        return Picture(name if is_address(key) else str(address), read)


@contextmanager
def opened_manifest(bucket: Bucket, path: str) -> Iterator[BucketManifest]:
    """The manifest at a path below the bucket's prefix; raises InvalidRequest where there is none."""
    with TemporaryFile() as file:
        if not bucket.download(path, file):
            raise InvalidRequest(f"{bucket.address}/{path} is missing")
        yield BucketManifest(bucket, path, file)
