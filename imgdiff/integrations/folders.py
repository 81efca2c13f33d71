"""The folders whose images may be sent; nothing else of the machine is read."""

from collections.abc import Sequence
from pathlib import Path

from imgdiff.errors import InvalidImage, InvalidRequest


class AllowedFolders:
    """Folders with all that lies below them, as an option of a command names them.

    Raises InvalidRequest for one that does not exist.
    """

    def __init__(self, folders: Sequence[Path], option: str = "allow") -> None:
        self._option = option
        self._folders = tuple(folder.resolve() for folder in folders)
        for folder in self._folders:
            if not folder.is_dir():
                raise InvalidRequest.at(f"/{option}", "folder.missing", f"{folder} is no folder")

    def read(self, path: str, field: str, at_most: int = -1) -> bytes:
        """The file at a path, which is absolute or relative to the first folder; links are followed before the check.

        `at_most`: bytes that are read; -1 for all.

        Raises InvalidImage naming `field` where the file lies elsewhere or cannot be read.
        """
        if not self._folders:
            detail = f"no folder is allowed; start the server with --{self._option} FOLDER"
            raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
        try:
            found = (self._folders[0] / path).resolve()
            if not any(found.is_relative_to(folder) for folder in self._folders):
                allowed = ", ".join(map(str, self._folders))
                detail = f"{path} lies outside of the allowed folders: {allowed}"
                raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
            with found.open("rb") as file:
                return file.read(at_most)
        except (OSError, ValueError) as error:  # ValueError: a path with a null byte
            detail = f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
            raise InvalidImage.at(f"/{field}", "image.unreadable", detail) from error
