"""An export into a folder: written beside it, resumed after an interruption, and put in place when it is complete."""

import shutil
from pathlib import Path

from imgdiff.client import Client
from imgdiff.client.exports import ExportOptions
from imgdiff.errors import InvalidRequest
from imgdiff.exports.archives import Member
from imgdiff.exports.receiving import STATE, OnBytes, Receiver, Wanted, not_left

_COPIED = 2**20  # bytes at a time; chosen, not measured


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
        received = Receiver(client, Wanted(dataset, format_, options), _Folder(partial), on_bytes).run()
        (partial / STATE).unlink(missing_ok=True)
        partial.replace(folder)
    except OSError as error:
        raise InvalidRequest(f"{folder} cannot be written: {error.strerror or error}; run it again to go on") from error
    return received.files


class _Folder:
    """The partial folder of an export."""

    def __init__(self, partial: Path) -> None:
        self._partial = partial
        self.name = str(partial)

    def load(self) -> bytes | None:
        if not self._partial.exists() or not any(self._partial.iterdir()):
            return None
        try:
            return (self._partial / STATE).read_bytes()
        except FileNotFoundError as error:
            raise not_left(self.name) from error

    def keep(self, state: str) -> None:
        self._partial.mkdir(parents=True, exist_ok=True)
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
        shutil.rmtree(self._partial)
