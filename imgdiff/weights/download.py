"""One file over HTTP: streamed, resumed where it broke off, and never in place before its digest is right."""

import hashlib
import os
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import httpx

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.settings import ModelSettings

OnBytes = Callable[[int, int], None]
"""Called with the bytes there are and the bytes there will be (0 while unknown)."""
_CHUNK = 1 << 18
_PERMANENT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def sha256_of(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_digest(path: Path, expected: str, name: str) -> None:
    """Raises WeightsCorrupt, under that name, and removes the file when its digest is another one."""
    if (got := sha256_of(path)) != expected:
        path.unlink()
        raise WeightsCorrupt(f"{name} is not what it should be and was removed: expected {expected}, got {got}")


def download(
    address: Callable[[], str], target: Path, sha256: str, title: str, settings: ModelSettings, on_bytes: OnBytes
) -> None:
    """Fetch to `target`; what is already in `target.part` is kept. `address` is asked again at every try."""
    part = target.with_name(target.name + ".part")
    for attempt in range(1, settings.fetch_attempts + 1):
        try:
            _stream(address(), part, settings, on_bytes)
            break
        except (httpx.TransportError, OSError) as error:
            if attempt == settings.fetch_attempts:
                raise WeightsUnavailable(
                    f"{title} could not be fetched in {attempt} tries ({error}); "
                    "run `imgdiff models fetch` to go on where it broke off"
                ) from error
            time.sleep(settings.fetch_backoff_seconds * 2 ** (attempt - 1))
    require_digest(part, sha256, title)
    os.replace(part, target)  # noqa: PTH105  says what it does: one step, over whatever was there


def _stream(url: str, part: Path, settings: ModelSettings, on_bytes: OnBytes) -> None:
    have = part.stat().st_size if part.exists() else 0
    # Identity, since a compressed body cannot be resumed by the file's own offsets.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with httpx.stream(
        "GET", url, headers=headers, follow_redirects=True, timeout=settings.fetch_timeout_seconds
    ) as response:
        if have and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # Everything is here; the digest decides.
        _require_success(response)
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        done = have if resumed else 0
        total = done + int(response.headers.get("Content-Length", -done))
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                on_bytes(done, total)


def _require_success(response: httpx.Response) -> None:
    if response.is_success:
        return
    if response.status_code in _PERMANENT:
        raise WeightsUnavailable(f"{response.url.path} is answered {response.status_code}")
    raise OSError(f"the server answers {response.status_code}")
