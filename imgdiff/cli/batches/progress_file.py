"""What the command remembers of a batch, in a folder beside the manifest, so that it goes on when it is run again."""

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from imgdiff.cli.batches.manifests import Manifest, Skipped
from imgdiff.errors import InvalidRequest
from imgdiff.frozen import Frozen


class Progress(Frozen):
    """How far a batch has come: `lines` of the manifest are read; the two files are true up to these sizes."""

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


class BatchFolder:
    """The folder `NAME.batch`: progress, prepared requests as JSON lines, lines that were left out."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self.progress = progress

    @classmethod
    def open(cls, manifest: Manifest, gateway: str, dataset: str | None, *, restart: bool) -> Self:
        """The folder of a manifest, new or as it was left; raises InvalidRequest where it is of another batch."""
        folder = manifest.path.with_name(manifest.path.name + ".batch")
        new = Progress(manifest=manifest.fingerprint, gateway=gateway, dataset=dataset, key=uuid.uuid4().hex)
        opened = cls(folder, new if restart else _read(folder / "progress.json") or new)
        for name in ("manifest", "gateway", "dataset"):
            if getattr(opened.progress, name) != getattr(new, name):
                detail = f"{folder} is of a batch with another {name}; --restart begins a new one"
                raise InvalidRequest(detail)
        try:
            folder.mkdir(exist_ok=True)
            for file, size in (
                (opened.requests, opened.progress.request_bytes),
                (opened.left_out, opened.progress.skipped_bytes),
            ):
                file.touch()
                os.truncate(file, size)
        except OSError as error:
            raise InvalidRequest(f"{folder} cannot be written: {error.strerror or error}") from error
        opened.save()
        return opened

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


def _read(path: Path) -> Progress | None:
    try:
        return Progress.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise InvalidRequest(f"{path} is of another version; --restart begins a new batch") from error
