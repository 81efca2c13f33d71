"""An export into a folder: written beside it, resumed after an interruption, and put in place when it is complete."""

import shutil
from contextlib import suppress
from pathlib import Path

from imgdiff.client import Client
from imgdiff.client.exports import ExportOptions
from imgdiff.errors import InvalidRequest
from imgdiff.exports.archives import Member
from imgdiff.exports.locks import hold_folder
from imgdiff.exports.receiving import STATE, OnBytes, Receiver, Wanted, not_left

_COPIED = 2**20  # bytes at a time; chosen, not measured


def export_to_folder(
    client: Client, dataset: str, format_: str, folder: Path, options: ExportOptions, on_bytes: OnBytes
) -> int:
    """Write the files of an export to a folder that does not exist yet; returns their number.

    What arrived before an interruption stays in `FOLDER.partial`; the next call for the same export goes on there.
    Raises InvalidRequest where the folder exists or cannot be written, or where something else has that name, Conflict
    while another process exports to it.
    """
    partial = folder.with_name(folder.name + ".partial")
    _refuse_existing(folder)
    try:
        with hold_folder(partial):
            return _export_to(partial, folder, client, Wanted(dataset, format_, options), on_bytes)
    except OSError as error:
        raise InvalidRequest(f"{folder} cannot be written: {error.strerror or error}; run it again to go on") from error


def _export_to(partial: Path, folder: Path, client: Client, wanted: Wanted, on_bytes: OnBytes) -> int:
    try:
        received = Receiver(client, wanted, _Folder(partial), on_bytes).run()
        _refuse_existing(folder)  # which another process may have made meanwhile
        (partial / STATE).unlink(missing_ok=True)
        partial.replace(folder)
    except BaseException:
        with suppress(OSError):  # it has what arrived
            partial.rmdir()
        raise
    return received.files


def _refuse_existing(folder: Path) -> None:
    if folder.exists():
        raise InvalidRequest(f"{folder} exists; name a new folder, or remove it first")


class _Folder:
    """The partial folder of an export."""

    def __init__(self, partial: Path) -> None:
        self._partial = partial
        self.name = str(partial)

    def load(self) -> bytes | None:
        if not any(self._partial.iterdir()):
            return None
        try:
            return (self._partial / STATE).read_bytes()
        except FileNotFoundError as error:
            raise not_left(self.name) from error

    def keep(self, state: str) -> None:
        unfinished = self._partial / (STATE + ".part")
        unfinished.write_text(state, encoding="utf-8")
        unfinished.replace(self._partial / STATE)

    def write(self, member: Member) -> None:
        target = self._partial / member.path
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".part")
        with unfinished.open("wb") as file:
            shutil.copyfileobj(member.content, file, _COPIED)
        unfinished.replace(target)

    def clear(self) -> None:
        for path in self._partial.iterdir():  # the folder itself is held
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
