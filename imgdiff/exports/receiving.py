"""An export received file by file into a target, and gone on with after an interruption."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from imgdiff.client import Client
from imgdiff.client.exports import ExportOptions, ExportPosition
from imgdiff.client.transport.failures import from_problem
from imgdiff.errors import ImgdiffError, InvalidRequest, PreconditionFailed, ServiceUnavailable
from imgdiff.exports.archives import Member, read_members
from imgdiff.frozen import Frozen
from imgdiff.problems import Problem

OnBytes = Callable[[int, int], None]
"""Called with the bytes received and the estimated bytes in all (0 while unknown)."""
STATE = ".imgdiff-export.json"
"""The file with a Progress in a target that is not complete."""
_ERROR = ".imgdiff-error.json"
_SAVED_SECONDS = 1.0  # between two notes of where to go on; chosen, not measured
_ATTEMPTS = 5  # at a connection that breaks off without a new file; chosen, not measured


@dataclass(frozen=True)
class Wanted:
    """What is exported."""

    dataset: str
    format: str
    options: ExportOptions


class Progress(Frozen):
    """What an unfinished export needs to go on; `files` of it are whole."""

    dataset: str
    format: str
    options: dict[str, str | bool | int | float | None]
    position: ExportPosition
    files: int = 0


class Target(Protocol):
    """Where the files of an export go; `name` is for errors."""

    name: str

    def load(self) -> bytes | None:
        """The state that an interrupted export left; None where nothing was exported."""

    def keep(self, state: str) -> None:
        """Remember the state of all that was written; it must not get ahead of the files."""

    def write(self, member: Member) -> None:
        """Write a file, so that it appears whole or not at all."""

    def clear(self) -> None:
        """Remove what an export left."""


class Receiver:
    """Receives one export into its target."""

    def __init__(self, client: Client, wanted: Wanted, target: Target, on_bytes: OnBytes) -> None:
        self._client, self._wanted, self._target, self._on_bytes = client, wanted, target, on_bytes
        self._files = 0
        self._save_at = 0.0  # on the monotonic clock
        self._position = self._read_state()

    def run(self) -> Progress:
        """Receive until the archive is complete. Raises ImgdiffError after too many attempts without a new file."""
        try:
            failure = self._receive_all()
        finally:
            if self._position is not None:
                self._save(self._position)
        if failure is not None or self._position is None:
            raise failure or ServiceUnavailable("the export ended too early")
        return self._progress(self._position)

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
        wanted = self._wanted
        options: ExportOptions = {**wanted.options, "container": "tar"}
        with self._client.open_export(wanted.dataset, wanted.format, resume=self._position, **options) as stream:
            self._keep(stream.position)
            for member in read_members(iter(stream.chunks), stream.position.at):
                if member.path.name == _ERROR:
                    return _failure(member)
                self._target.write(member)
                self._files += 1
                self._keep(stream.position.model_copy(update={"at": member.end}))
                self._on_bytes(member.end, stream.image_bytes)
        return None

    def _start_again(self) -> None:
        self._target.clear()
        self._position, self._files, self._save_at = None, 0, 0.0

    def _read_state(self) -> ExportPosition | None:
        """Where the same export broke off; what is left of another export is removed."""
        state = self._target.load()
        if state is None:
            return None
        try:
            found = Progress.model_validate_json(state)
        except ValidationError as error:
            raise not_left(self._target.name) from error
        wanted = self._wanted
        if (found.dataset, found.format, found.options) != (wanted.dataset, wanted.format, dict(wanted.options)):
            self._start_again()
            return None
        self._files = found.files
        return found.position

    def _keep(self, position: ExportPosition) -> None:
        """Remember where to go on, from time to time in the target as well."""
        self._position = position
        if time.monotonic() >= self._save_at:
            self._save(position)

    def _save(self, position: ExportPosition) -> None:
        self._target.keep(self._progress(position).model_dump_json())
        self._save_at = time.monotonic() + _SAVED_SECONDS

    def _progress(self, position: ExportPosition) -> Progress:
        wanted, options = self._wanted, dict(self._wanted.options)
        return Progress(
            dataset=wanted.dataset, format=wanted.format, options=options, position=position, files=self._files
        )


def not_left(name: str) -> InvalidRequest:
    """The error where a target has something that no export left."""
    return InvalidRequest(f"{name} is not what an export left; move it away, or name another target")


def _failure(member: Member) -> ImgdiffError:
    """The problem that ended the archive."""
    found = from_problem(Problem.model_validate_json(member.content.read()))
    return type(found)(f"the export could not be completed: {found.detail}")
