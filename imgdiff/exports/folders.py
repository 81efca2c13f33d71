"""An export into a folder: written beside it, resumed after an interruption, and put in place when it is complete."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from imgdiff.client import Client
from imgdiff.client.exports import ExportOptions, ExportPosition
from imgdiff.client.failures import from_problem
from imgdiff.errors import ImgdiffError, InvalidRequest, PreconditionFailed, ServiceUnavailable
from imgdiff.exports.archives import Member, read_members
from imgdiff.frozen import Frozen
from imgdiff.problems import Problem

OnBytes = Callable[[int, int], None]
"""Called with the bytes received and the estimated bytes in all (0 while unknown)."""
_STATE = ".imgdiff-export.json"
_ERROR = ".imgdiff-error.json"
_COPIED = 2**20  # bytes at a time; chosen, not measured
_SAVED_SECONDS = 1.0  # between two notes of where to go on; chosen, not measured
_ATTEMPTS = 5  # at a connection that breaks off without a new file; chosen, not measured


class _Progress(Frozen):
    """What an unfinished export needs to go on."""

    dataset: str
    format: str
    options: dict[str, str | bool | int | float | None]
    position: ExportPosition


def export_to_folder(
    client: Client, dataset: str, format_: str, folder: Path, options: ExportOptions, on_bytes: OnBytes
) -> int:
    """Write the files of an export to a folder that does not exist yet; returns their number.

    What arrived before an interruption stays in `FOLDER.partial`; the next call for the same export goes on there.
    Raises InvalidRequest where the folder exists or cannot be written, or where something else has that name.
    """
    if folder.exists():
        raise InvalidRequest(f"{folder} exists; name a new folder, or remove it first")
    partial = folder.with_name(folder.name + ".partial")
    try:
        _Unpacker(client, dataset, format_, options, partial, on_bytes).run()
        (partial / _STATE).unlink(missing_ok=True)
        partial.replace(folder)
    except OSError as error:
        raise InvalidRequest(f"{folder} cannot be written: {error.strerror or error}; run it again to go on") from error
    return sum(path.is_file() for path in folder.rglob("*"))


class _Unpacker:
    """Unpacks one export into its partial folder."""

    def __init__(
        self, client: Client, dataset: str, format_: str, options: ExportOptions, partial: Path, on_bytes: OnBytes
    ) -> None:
        self._client, self._on_bytes = client, on_bytes
        self._dataset, self._format, self._options = dataset, format_, options
        self._partial = partial
        self._position = self._read_state()
        self._save_at = 0.0  # on the monotonic clock

    def run(self) -> None:
        """Receive until the archive is complete. Raises ImgdiffError after too many attempts without a new file."""
        try:
            failure = self._receive_all()
        finally:
            if self._position is not None:
                self._save(self._position)
        if failure is not None:
            raise failure

    def _receive_all(self) -> ImgdiffError | None:
        """Returns the failure with which the gateway ended the archive."""
        attempts = _ATTEMPTS
        while True:
            before = self._position
            try:
                return self._receive()
            except PreconditionFailed:
                self._start_again()
            except ServiceUnavailable:
                attempts = _ATTEMPTS if self._position != before else attempts - 1
                if attempts == 0:
                    raise

    def _receive(self) -> ImgdiffError | None:
        options: ExportOptions = {**self._options, "container": "tar"}
        with self._client.open_export(self._dataset, self._format, resume=self._position, **options) as stream:
            self._partial.mkdir(parents=True, exist_ok=True)
            self._keep(stream.position)
            for member in read_members(iter(stream.chunks), stream.position.at):
                if member.path.name == _ERROR:
                    return _failure(member)
                self._write(member)
                self._keep(stream.position.model_copy(update={"at": member.end}))
                self._on_bytes(member.end, stream.image_bytes)
        return None

    def _write(self, member: Member) -> None:
        target = self._partial / member.path
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".part")
        with unfinished.open("wb") as file:
            shutil.copyfileobj(member.content, file, _COPIED)
        unfinished.replace(target)

    def _start_again(self) -> None:
        shutil.rmtree(self._partial)
        self._position = None

    def _read_state(self) -> ExportPosition | None:
        """Where the same export broke off; what is left of another export is removed."""
        if not self._partial.exists() or not any(self._partial.iterdir()):
            return None
        try:
            found = _Progress.model_validate_json((self._partial / _STATE).read_text())
        except (FileNotFoundError, ValidationError) as error:
            detail = f"{self._partial} is not what an export left; move it away, or name another folder"
            raise InvalidRequest(detail) from error
        if (found.dataset, found.format, found.options) != self._wanted():
            self._start_again()
            return None
        return found.position

    def _wanted(self) -> tuple[str, str, dict[str, object]]:
        return self._dataset, self._format, dict(self._options)

    def _keep(self, position: ExportPosition) -> None:
        """Remember where to go on, from time to time in the folder as well."""
        self._position = position
        if time.monotonic() >= self._save_at:
            self._save(position)

    def _save(self, position: ExportPosition) -> None:
        state = _Progress(dataset=self._dataset, format=self._format, options=dict(self._options), position=position)
        unfinished = self._partial / (_STATE + ".part")
        unfinished.write_text(state.model_dump_json())
        unfinished.replace(self._partial / _STATE)
        self._save_at = time.monotonic() + _SAVED_SECONDS


def _failure(member: Member) -> ImgdiffError:
    """The problem that ended the archive."""
    found = from_problem(Problem.model_validate_json(member.content.read()))
    return type(found)(f"the export could not be completed: {found.detail}")
