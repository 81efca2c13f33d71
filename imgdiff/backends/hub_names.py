"""Names of models on the Hugging Face hub: `owner/name`, `owner/name@revision` or `owner/name@revision:file`."""

import re
from dataclasses import dataclass, replace
from typing import Self

_NAME = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+?)(@(?P<revision>\w[\w.-]*(/[\w-][\w.-]*)*))?(:(?P<file>[\w-][\w.-]*(/[\w-][\w.-]*)*))?"
)
SYNTAX = "`owner/name[@revision]` on the hub"


@dataclass(frozen=True)
class HubName:
    """A model on the hub; a revision is a branch, a tag, a commit, or a reference such as `refs/pr/5`."""

    repository: str
    revision: str | None = None
    file: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The name in the text; None where it is no such name, as paths that begin with a dot or a slash."""
        found = None if text.startswith(".") else _NAME.fullmatch(text)
        return None if found is None else cls(found["repository"], found["revision"], found["file"])

    def __str__(self) -> str:
        revision = "" if self.revision is None else f"@{self.revision}"
        return f"{self.repository}{revision}" + ("" if self.file is None else f":{self.file}")

    def at(self, revision: str) -> Self:
        """The same model at another revision."""
        return replace(self, revision=revision)
