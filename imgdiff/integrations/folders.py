"""The folders whose images an assistant may send; nothing else of the machine is read."""

from collections.abc import Sequence
from pathlib import Path

from imgdiff.errors import InvalidImage, InvalidRequest


class AllowedFolders:
    """Folders with all that lies below them; raises InvalidRequest for one that does not exist."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        for folder in self._folders:
            if not folder.is_dir():
                raise InvalidRequest.at("/allow", "folder.missing", f"{folder} is no folder")

    def read(self, path: str, field: str) -> bytes:
        """The file at a path, which is absolute or relative to the first folder; links are followed before the check.

        Raises InvalidImage naming `field` where the file lies elsewhere or cannot be read.
        """
        if not self._folders:
            detail = "no folder is allowed; start the server with --allow FOLDER"
            raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
        try:
            found = (self._folders[0] / path).resolve()
            if not any(found.is_relative_to(folder) for folder in self._folders):
                allowed = ", ".join(map(str, self._folders))
                detail = f"{path} lies outside of the allowed folders: {allowed}"
                raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
            return found.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a path with a null byte
            detail = f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
            raise InvalidImage.at(f"/{field}", "image.unreadable", detail) from error
