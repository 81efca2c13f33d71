"""The page's files, in memory; their address holds a digest of all of them, so that browsers may keep them for good."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

from imgdiff.rules.reasons import REASONS

_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
}  # files of other kinds, such as licences, are plain text


class WebFile:
    """One file with what its answer says of it."""

    def __init__(self, content: bytes, suffix: str) -> None:
        self.content = content
        self.media_type = f"{_TYPES.get(suffix, 'text/plain')}; charset=utf-8"
        self.digest = hashlib.sha256(content).hexdigest()[:32]

    @cached_property
    def zipped(self) -> bytes:
        """The content as gzip, for browsers that take it: a third of the bytes."""
        return gzip.compress(self.content, mtime=0)


@cache
def files() -> Mapping[str, WebFile]:
    """All files by their path below `static`, read once, and what every reason means as `reasons.json`."""
    found = sorted(path for path in _STATIC.rglob("*") if path.is_file())
    meanings = json.dumps([reason._asdict() for reason in REASONS]).encode()
    return {
        **{path.relative_to(_STATIC).as_posix(): WebFile(path.read_bytes(), path.suffix) for path in found},
        "reasons.json": WebFile(meanings, ".json"),
    }


@cache
def digest() -> str:
    """Another one whenever a file changes."""
    listed = "\n".join(f"{path} {file.digest}" for path, file in files().items())
    return hashlib.sha256(listed.encode()).hexdigest()[:16]
