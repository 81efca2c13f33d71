"""A bucket below one prefix, read, written, listed and cleared with boto3; `open_bucket` translates its errors."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, BinaryIO, Protocol

from imgdiff.buckets.addresses import Address
from imgdiff.buckets.failures import INSTALL, translate_errors
from imgdiff.errors import InvalidRequest, ServiceUnavailable

CONNECTIONS = 16  # at once; chosen, not measured
_ATTEMPTS = 5  # of one request, as boto3's mode `standard` counts them; chosen, not measured
_PART_BYTES = 8 * 2**20  # of a file that is sent in parts, at least; boto3's own
_MOST_PARTS = 10_000  # of one file: S3's limit
_NOT_MET = {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}  # of a condition
_PARTS_AT_ONCE = 4  # of one file; up to ten more wait in memory; chosen, not measured


class ByteStream(Protocol):
    """A file that is read forwards."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size`; empty at the end."""


@dataclass(frozen=True)
class Listed:
    """An object of a listing, by its path below the prefix."""

    path: str
    size: int
    tag: str


@dataclass(frozen=True)
class Found:
    """What was read: bytes and tag of an object, None where there is none, and the time on the store's clock."""

    content: bytes | None
    tag: str | None
    at: datetime


class Bucket:
    """The objects below an address; safe to share between threads. Raises boto3's errors."""

    def __init__(self, address: Address, client: Any) -> None:  # boto3 has no types
        self.address = address
        self._client = client

    def put(self, path: str, content: bytes) -> None:
        """Write one object at once."""
        self._client.put_object(Bucket=self.address.bucket, Key=self.address.key(path), Body=content)

    def create(self, path: str, content: bytes) -> bool:
        """Write one object unless it exists; returns whether it did not.

        A store that knows no such condition writes in any case.
        """
        return self._put_if(path, content, {"IfNoneMatch": "*"})

    def replace(self, path: str, content: bytes, tag: str) -> bool:
        """Write one object in place of that with a tag; returns whether it still had it. Else as `create`."""
        return self._put_if(path, content, {"IfMatch": tag})

    def _put_if(self, path: str, content: bytes, condition: Mapping[str, str]) -> bool:
        place = {"Bucket": self.address.bucket, "Key": self.address.key(path)}
        try:
            self._client.put_object(**place, **condition, Body=content)
        except self._client.exceptions.ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status in _NOT_MET:
                return False
            if status != HTTPStatus.NOT_IMPLEMENTED:
                raise
            self._client.put_object(**place, Body=content)
        return True

    def find(self, path: str) -> Found:
        """An object as it is now."""
        try:
            answer = self._client.get_object(Bucket=self.address.bucket, Key=self.address.key(path))
        except self._client.exceptions.NoSuchKey as error:
            return Found(None, None, _time_of(error.response))
        with closing(answer["Body"]) as body:
            return Found(body.read(), str(answer["ETag"]), _time_of(answer))

    def upload(self, path: str, stream: ByteStream, expected: int) -> None:
        """Write one object in parts: it is there when all of it is. `expected` bytes may be an estimate.

        Where the stream or the store fails, the parts are deleted, the rest is not read, and the error is raised.
        """
        from boto3.s3.transfer import TransferConfig, create_transfer_manager  # noqa: PLC0415  not in the base install

        part = max(_PART_BYTES, -(-expected // (_MOST_PARTS // 2)))
        config = TransferConfig(
            multipart_threshold=part,
            multipart_chunksize=part,
            max_concurrency=_PARTS_AT_ONCE,
            preferred_transfer_client="classic",
        )
        source = _Source(stream)
        with create_transfer_manager(self._client, config) as manager:
            source.transfer = manager.upload(source, self.address.bucket, self.address.key(path))
            source.transfer.result()

    def read(self, path: str) -> bytes | None:
        """The bytes of an object; None where there is none."""
        return self.find(path).content

    def download(self, path: str, file: BinaryIO) -> bool:
        """Write the bytes of an object into a file; whether there is one."""
        try:
            answer = self._client.get_object(Bucket=self.address.bucket, Key=self.address.key(path))
        except self._client.exceptions.NoSuchKey:
            return False
        with closing(answer["Body"]) as body:
            shutil.copyfileobj(body, file)
        return True

    def at(self, address: Address) -> "Bucket":
        """Another place of the same store."""
        return Bucket(address, self._client)

    def delete(self, path: str) -> None:
        """Delete one object, if it exists."""
        self._client.delete_object(Bucket=self.address.bucket, Key=self.address.key(path))

    def is_empty(self, but: str = "") -> bool:
        """Whether nothing is below the address but one object."""
        start, kept = self.address.key(""), self.address.key(but)
        found = self._client.list_objects_v2(Bucket=self.address.bucket, Prefix=start, MaxKeys=2).get("Contents", ())
        return all(one["Key"] == kept for one in found)

    def list(self, folder: str) -> Iterator[Listed]:
        """What lies right in a folder below the prefix, "" for the prefix, a page at a time, in the store's order."""
        start = self.address.key(f"{folder}/" if folder else "")
        skipped = len(self.address.key(""))
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.address.bucket, Prefix=start, Delimiter="/"
        )
        for page in pages:
            for one in page.get("Contents", ()):
                yield Listed(one["Key"][skipped:], int(one["Size"]), str(one["ETag"]))

    def clear(self, last: str, but: str = "") -> None:
        """Delete everything below the prefix but one object, unfinished files as well.

        The object `last` is deleted when the rest is gone.
        """
        self.abort_uploads()
        bucket, start = self.address.bucket, self.address.key("")
        kept = {self.address.key(last), self.address.key(but)}
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start):
            for one in page.get("Contents", ()):
                if one["Key"] not in kept:
                    self._client.delete_object(Bucket=bucket, Key=one["Key"])
        self.delete(last)

    def abort_uploads(self) -> None:
        """Delete the parts of files that a process which was killed left below the prefix; they cost storage."""
        bucket, start = self.address.bucket, self.address.key("")
        for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=start):
            for one in page.get("Uploads", ()):
                self._client.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])


class _Source:
    """A stream that ends once its transfer has failed, since boto3 would read all of it before it reports that."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.transfer: Any = None  # of boto3

    def read(self, size: int = -1, /) -> bytes:
        if self.transfer is not None and self.transfer.done():
            return b""
        return self._stream.read(size)


def _time_of(answer: Any) -> datetime:
    """When the store answered; by this machine's clock where it does not tell."""
    stated = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return datetime.now(UTC) if stated is None else parsedate_to_datetime(stated).astimezone(UTC)


@contextmanager
def open_bucket(text: str) -> Iterator[Bucket]:
    """The bucket at an address, with the credentials, region and endpoint that AWS' own tools would use.

    Errors inside are translated. Raises InvalidRequest for what is no address.
    """
    try:
        address = Address.parse(text)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error
    with translate_errors(address), closing(_create_client()) as client:
        yield Bucket(address, client)


def _create_client() -> Any:
    try:
        import boto3  # noqa: PLC0415  not in the base install
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise ServiceUnavailable(INSTALL) from error
    config = Config(
        connect_timeout=5,
        max_pool_connections=CONNECTIONS + _PARTS_AT_ONCE,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        request_checksum_calculation="when_required",  # boto3's default is refused by older stores of others
        response_checksum_validation="when_required",
    )
    try:
        return boto3.session.Session().client("s3", config=config)
    except ValueError as error:  # of an endpoint in the environment
        raise InvalidRequest(f"S3: {error}; write it as http://HOST:PORT or https://HOST") from error
