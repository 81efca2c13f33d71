"""What the folder of each format holds, for the card and for Croissant: read from layouts.toml."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from imgdiff.frozen import Frozen


class FileGroup(Frozen):
    """Files of one kind. `includes` is a pattern of paths; `images` says that they are there with images alone."""

    id: str
    includes: str
    media_type: str
    description: str
    images: bool = False


class Table(Frozen):
    """Rows in the files of the group `files`.

    `columns` give Croissant's type by name; a `path` is put before a column's name where files are JSON documents.
    `rows` says that the columns are those of `Row`: `typed`, or `flat` with nested values as JSON text.
    """

    id: str
    files: str
    description: str
    rows: str = ""
    path: str = ""
    columns: dict[str, str] = {}


class Layout(Frozen):
    """A format: who reads it, for which tasks, how, and what its folder holds.

    `splits` is the pattern of the files of a split where Hugging Face `datasets` loads them, `data` that of all records
    where the split is a column; a format with neither is loaded by its consumer alone.
    """

    consumer: str
    tasks: tuple[str, ...]
    load: str
    splits: str = ""
    data: str = ""
    files: tuple[FileGroup, ...]
    tables: tuple[Table, ...] = ()


LAYOUTS: Mapping[str, Layout] = {
    name: Layout.model_validate(layout)
    for name, layout in tomllib.loads((files("gateway.exports.companions") / "layouts.toml").read_text("utf-8")).items()
}
