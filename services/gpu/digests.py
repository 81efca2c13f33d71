"""SHA-256 of weight files, remembered between starts: hashing 26 GB takes a minute or more.

A digest holds for a path, a size and a time of change in nanoseconds; a file that is replaced or written to is hashed
again. Files keep both when their bytes rot on the disk: `IMGDIFF_VERIFY_WEIGHTS=1` hashes every file at every start.
"""

import hashlib
import json
import logging
import os
from contextlib import suppress
from pathlib import Path

from huggingface_hub import constants

from imgdiff.weights import ModelSettings
from imgdiff.weights.download import sha256_of

Note = list[str | int]
"""Path, size and time of change of a file, and its digest."""
_log = logging.getLogger(__name__)


def own_cache() -> Path:
    """The folder beside the hub's cache for what is derived from its files."""
    return Path(constants.HF_HUB_CACHE).parent / "imgdiff"


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    real = path.resolve()
    state = real.stat()
    key: Note = [str(real), state.st_size, state.st_mtime_ns]
    note = own_cache() / "digests" / f"{hashlib.sha256(str(real).encode()).hexdigest()[:32]}.json"
    if not ModelSettings().verify_weights and (known := _read(note, key)) is not None:
        return known
    digest = sha256_of(real)
    _write(note, [*key, digest])
    return digest


def _read(note: Path, key: Note) -> str | None:
    try:
        *found, digest = json.loads(note.read_text())
    except (OSError, ValueError):
        return None
    return str(digest) if found == key else None


def _write(note: Path, entry: Note) -> None:
    """A cache that cannot be written costs time only."""
    part = note.with_name(f"{note.name}.{os.getpid()}.part")
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(entry))
        part.replace(note)
    except OSError as error:
        _log.info("the digest of %s is not kept: %s", entry[0], error)
        with suppress(OSError):
            part.unlink(missing_ok=True)
