"""Image bytes in a folder or an S3 bucket, every object under the SHA-256 of its bytes."""

import time
from pathlib import Path
from typing import TypedDict
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from imgdiff.buckets.addresses import Address, environment_endpoint
from imgdiff.buckets.disks import disk_trouble
from imgdiff.composition.assets import asset_id
from imgdiff.errors import NotFound, ServiceUnavailable

_PROBE = "probe"  # the name of an object that is no image
_PROBE_SECONDS = 60.0  # between two of these in a bucket; chosen, not measured
_RETRY_SECONDS = 5  # Retry-After while the store does not answer; chosen, not measured


DERIVED = ("160.webp", "320.webp", "640.webp")
"""Names of what is kept beside an image, so that it is deleted with it."""


class _S3Options(TypedDict, total=False):
    aws_endpoint_url_s3: str
    virtual_hosted_style_request: bool


class AssetStore:
    """Stores bytes that never change; safe to share between threads."""

    def __init__(self, url: str, endpoint: str | None = None) -> None:
        self._store = _open(url, endpoint)
        self._probed = -_PROBE_SECONDS

    @property
    def folder(self) -> Path | None:
        """Where the images are; None in a bucket."""
        return self._store.prefix if isinstance(self._store, LocalStore) else None

    def put(self, data: bytes) -> str:
        """Store bytes under their digest unless they exist; returns their id."""
        key = asset_id(data)
        if not self.has(key):
            try:
                obstore.put(self._store, _path(key), data)
            except (BaseError, OSError) as error:
                raise _unreachable(error) from error
        return key

    def get(self, key: str) -> bytes:
        """The bytes under an id; raises NotFound."""
        return bytes(self.view(key))

    def view(self, key: str) -> memoryview:
        """The same bytes where the store has put them, without a copy; raises NotFound."""
        try:
            return memoryview(obstore.get(self._store, _path(key)).bytes())
        except FileNotFoundError as error:
            raise NotFound(f"there is no asset {key!r}") from error
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error

    def start(self, key: str, length: int) -> bytes:
        """The first bytes under an id, at most `length`; raises NotFound."""
        try:
            return obstore.get_range(self._store, _path(key), start=0, length=length).to_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"there is no asset {key!r}") from error
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error

    def has(self, key: str) -> bool:
        """Whether the bytes of an id exist."""
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def size(self, key: str) -> int:
        """How many bytes are under an id; raises NotFound."""
        try:
            return int(obstore.head(self._store, _path(key))["size"])
        except FileNotFoundError as error:
            raise NotFound(f"there is no asset {key!r}") from error
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error

    def delete(self, key: str) -> None:
        """Delete the bytes of an id, if they exist, and all that was derived from them."""
        for path in (_path(key), *(f"{_path(key)}.{name}" for name in DERIVED)):
            try:
                obstore.delete(self._store, path)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise _unreachable(error) from error

    def find_derived(self, key: str, name: str) -> bytes | None:
        """What was derived from the bytes of an id under one of the names `DERIVED`; None if nothing was."""
        try:
            return bytes(obstore.get(self._store, f"{_path(key)}.{name}").bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error

    def put_derived(self, key: str, name: str, data: bytes) -> None:
        """Keep what was derived from the bytes of an id, unless these are deleted meanwhile."""
        try:
            obstore.put(self._store, f"{_path(key)}.{name}", data)
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error
        if not self.has(key):
            self.delete(key)

    def ping(self) -> None:
        """Raise ServiceUnavailable unless the store answers."""
        self.has(asset_id(b""))

    def require_writable(self) -> None:
        """Raise ServiceUnavailable unless the store takes an object; a bucket is asked once a minute, which costs."""
        if self.folder is None and time.monotonic() - self._probed < _PROBE_SECONDS:
            return self.ping()
        try:
            obstore.put(self._store, _PROBE, b"written to see whether images can be stored")
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error
        self._probed = time.monotonic()
        return None


def _path(key: str) -> str:
    digest = key.removeprefix("sha256:")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"  # keeps folders small enough to list


def _unreachable(error: Exception) -> ServiceUnavailable:
    why = disk_trouble(error) or f"it does not answer: {type(error).__name__}"
    detail = f"the asset store takes and gives no images now: {why}"
    return ServiceUnavailable(detail, retry_after=_RETRY_SECONDS)


def _open(url: str, endpoint: str | None) -> ObjectStore:
    parts = urlsplit(url)
    match parts.scheme:
        case "file":
            return LocalStore(Path(unquote(parts.netloc + parts.path)).absolute(), mkdir=True)
        case "s3":
            address = Address.parse(url)
            chosen = endpoint or environment_endpoint()
            options = _S3Options()
            if chosen:  # under the name that the environment would win with otherwise
                options = _S3Options(aws_endpoint_url_s3=chosen, virtual_hosted_style_request=False)
            insecure = chosen is not None and chosen.startswith("http://")
            client = {"allow_http": insecure, "connect_timeout": "5s", "timeout": "60s"}
            return S3Store(address.bucket, prefix=address.prefix or None, client_options=client, **options)  # type: ignore[arg-type]
        case _:
            raise ValueError(f"unknown asset store {parts.scheme!r}; known: file, s3")
