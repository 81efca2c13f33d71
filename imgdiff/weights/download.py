"""One file over HTTP: streamed, resumed after an interruption, and put in place only when its digest is right."""

import hashlib
import os
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import httpx

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.connection import is_untrusted, require_success
from imgdiff.weights.settings import ModelSettings

OnBytes = Callable[[int, int], None]
"""Called with the bytes received and the bytes in all (0 while unknown)."""
CHUNK = 1 << 18
"""Bytes a write, after each of which progress is reported; chosen, not measured."""
_HOW_TO_TRUST = "name your network's certificate in SSL_CERT_FILE, REQUESTS_CA_BUNDLE or PIP_CERT"


def sha256_of(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_digest(path: Path, expected: str, name: str) -> None:
    """Raises WeightsCorrupt, under that name, and removes the file when its digest is a different one."""
    if (got := sha256_of(path)) != expected:
        path.unlink()
        raise WeightsCorrupt(f"{name} has the wrong digest and was removed: expected {expected}, got {got}")


def download(
    http: httpx.Client,
    address: Callable[[], str],
    target: Path,
    sha256: str,
    title: str,
    settings: ModelSettings,
    on_bytes: OnBytes,
) -> None:
    """Fetch to `target`, resuming from `target.part`; every attempt looks `address` up again."""
    part = target.with_name(target.name + ".part")
    for attempt in range(1, settings.fetch_attempts + 1):
        try:
            _stream(http, address(), part, on_bytes)
            break
        except (httpx.TransportError, OSError) as error:
            if is_untrusted(error):
                raise WeightsUnavailable(f"{title}: {error}; {_HOW_TO_TRUST}") from error
            if attempt == settings.fetch_attempts:
                raise WeightsUnavailable(
                    f"{title} could not be fetched in {attempt} attempts ({error}); `imgdiff models fetch` resumes it"
                ) from error
            time.sleep(settings.fetch_backoff_seconds * 2 ** (attempt - 1))
    require_digest(part, sha256, title)
    os.replace(part, target)  # noqa: PTH105  one step, over whatever was there


def _stream(http: httpx.Client, url: str, part: Path, on_bytes: OnBytes) -> None:
    have = part.stat().st_size if part.exists() else 0
    # Identity, since a compressed body cannot be resumed by the file's own offsets.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with http.stream("GET", url, headers=headers) as response:
        if have and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # the file is complete; its digest decides
        require_success(response)
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        done = have if resumed else 0
        total = done + int(response.headers.get("Content-Length", -done))
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                file.write(chunk)
                done += len(chunk)
                on_bytes(done, total)
