"""What the command remembers of a batch, in a folder beside the manifest, so that it goes on when it is run again."""

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from imgdiff.cli.batches.entries import Skipped
from imgdiff.cli.batches.manifests import Manifest
from imgdiff.errors import InvalidRequest
from imgdiff.frozen import Frozen


class Progress(Frozen):
    """How far a batch has come: `lines` of the manifest are read; the two files are true up to these sizes.

    `batch` takes the requests and is `sent` once it has all of them.
    """

    manifest: str
    gateway: str
    dataset: str | None
    key: str
    lines: int = 0
    prepared: bool = False
    requests: int = 0
    request_bytes: int = 0
    skipped: int = 0
    skipped_bytes: int = 0
    batch: str | None = None
    sent: bool = False


class BatchFolder:
    """The folder `NAME.batch`: progress, prepared requests as JSON lines, lines that were left out."""

    def __init__(self, folder: Path, progress: Progress, replaced: str | None = None) -> None:
        self._folder = folder
        self.progress = progress
        self.replaced = replaced
        """A batch that waits for requests which nobody will send."""

    @classmethod
    def open(cls, manifest: Manifest, gateway: str, dataset: str | None, *, restart: bool) -> Self:
        """The folder of a manifest, new or as it was left; raises InvalidRequest where it is of another batch."""
        folder = manifest.place.with_name(manifest.place.name + ".batch")
        new = Progress(manifest=manifest.fingerprint, gateway=gateway, dataset=dataset, key=uuid.uuid4().hex)
        left = _read(folder / "progress.json", restart=restart)
        if restart or left is None:
            is_open = left is not None and left.gateway == gateway and not left.sent
            opened = cls(folder, new, left.batch if left is not None and is_open else None)
        else:
            opened = cls(folder, left)
        for name in ("manifest", "gateway", "dataset"):
            if getattr(opened.progress, name) != getattr(new, name):
                detail = f"{folder} is of a batch with another {name}; --restart begins a new one"
                raise InvalidRequest(detail)
        opened._cut()
        return opened

    def begin_anew(self) -> None:
        """Forget what was sent, for a batch that has nothing of it."""
        old = self.progress
        self.progress = Progress(manifest=old.manifest, gateway=old.gateway, dataset=old.dataset, key=uuid.uuid4().hex)
        self._cut()

    def _cut(self) -> None:
        """Note the progress, and cut the files to it."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self.save()
            sizes = {self.requests: self.progress.request_bytes, self.left_out: self.progress.skipped_bytes}
            for file, size in sizes.items():
                file.touch()
                os.truncate(file, size)
        except OSError as error:
            raise InvalidRequest(f"{self._folder} cannot be written: {error.strerror or error}") from error

    @property
    def requests(self) -> Path:
        """The prepared requests, each in the line that it has in the manifest; the other lines are blank."""
        return self._folder / "requests.jsonl"

    @property
    def left_out(self) -> Path:
        """Lines of the manifest that are no requests, with the reason."""
        return self._folder / "left_out.jsonl"

    def append(self, last_line: int, requests: Mapping[int, str], skipped: Sequence[Skipped]) -> None:
        """Add what the lines up to `last_line` gave: requests by their line, and lines that are none."""
        lines = range(self.progress.lines + 1, last_line + 1)
        with self.requests.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{requests.get(line, '')}\n" for line in lines)
        with self.left_out.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps({'line': one.line, 'reason': one.reason})}\n" for one in skipped)
        self.save(
            lines=last_line,
            requests=self.progress.requests + len(requests),
            request_bytes=self.requests.stat().st_size,
            skipped=self.progress.skipped + len(skipped),
            skipped_bytes=self.left_out.stat().st_size,
        )

    def save(self, **changes: object) -> None:
        """Note a change, whole or not at all."""
        self.progress = Progress.model_validate({**dict(self.progress), **changes})
        new = self._folder / "progress.json.new"
        new.write_text(self.progress.model_dump_json(indent=1), encoding="utf-8")
        new.replace(self._folder / "progress.json")


def _read(path: Path, *, restart: bool) -> Progress | None:
    try:
        return Progress.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        if restart:
            return None
        raise InvalidRequest(f"{path} is of another version; --restart begins a new batch") from error
