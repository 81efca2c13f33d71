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
    folder that holds an export of the same data set already is loaded as it is, without a gateway. `url` is the
    gateway's, IMGDIFF_URL by default; the options are those of exports: `version`, `verdict`, `change` ...
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
        super().__init__(str(dataset_dir), shuffle=shuffle, seed=seed, max_samples=max_samples)
        self._name, self._folder, self._url, self._options = dataset, Path(dataset_dir), url, options

    def setup(self) -> None:
        """Export what is not there yet.

        Raises ValueError for a folder that holds something else, and the errors of the gateway.
        """
        if not self._folder.exists():
            chosen: ExportOptions = {"images": True, **self._options}
            with Client(self._url) as client:
                export_to_folder(client, self._name, "fiftyone", self._folder, chosen, _ignore)
        elif not _holds(self._folder, self._name):
            raise ValueError(f"{self._folder} is no export of {self._name!r} for FiftyOne; name another folder")
        super().setup()


def _holds(folder: Path, name: str) -> bool:
    try:
        described: Any = json.loads((folder / "metadata.json").read_text())
        return bool(described["name"] == name and described["info"]["source"] == "imgdiff")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _ignore(received: int, expected: int) -> None:
    """FiftyOne shows the progress of the import."""
