"""A data set of a gateway as a grouped dataset of FiftyOne."""

import json
from pathlib import Path
from typing import Any, Unpack

from fiftyone.utils.data.importers import FiftyOneDatasetImporter

from imgdiff.client import Client
from imgdiff.client.exports import ExportOptions
from imgdiff.exports.folders import export_to_folder


class GatewayImporter(FiftyOneDatasetImporter):  # type: ignore[misc]  # its base has no types
    """For `fiftyone.Dataset.from_importer` and `add_importer`: groups of `before` and `after` with all that is known.

    The gateway's export is written to `dataset_dir`, where the images stay, and goes on there after an interruption. A
    folder that holds an export of the same data set already is loaded as it is, without a gateway and whatever the
    options: name a folder for each version or filter. `url` is the gateway's, IMGDIFF_URL by default; the options are
    those of exports: `version`, `verdict`, `change` ... Raises ValueError for a folder that holds something else, and
    the errors of the gateway.
    """

    def __init__(
        self,
        dataset: str,
        dataset_dir: str | Path,
        *,
        url: str | None = None,
        shuffle: bool = False,
        seed: int | None = None,
        max_samples: int | None = None,
        **options: Unpack[ExportOptions],
    ) -> None:
        _provide(dataset, Path(dataset_dir), url, options)  # now, since FiftyOne reads the folder before `setup`
        super().__init__(str(dataset_dir), shuffle=shuffle, seed=seed, max_samples=max_samples)


def _provide(name: str, folder: Path, url: str | None, options: ExportOptions) -> None:
    """Export what is not there yet."""
    if not folder.exists():
        chosen: ExportOptions = {"images": True, **options}
        with Client(url) as client:
            export_to_folder(client, name, "fiftyone", folder, chosen, _ignore)
    elif not _holds(folder, name):
        raise ValueError(f"{folder} is no export of {name!r} for FiftyOne; name another folder")


def _holds(folder: Path, name: str) -> bool:
    try:
        described: Any = json.loads((folder / "metadata.json").read_text())
        return bool(described["name"] == name and described["info"]["source"] == "imgdiff")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _ignore(received: int, expected: int) -> None:
    """FiftyOne shows the progress of the import."""
