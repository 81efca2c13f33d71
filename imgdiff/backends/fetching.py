"""Fetching a model of the catalogue, or any other of the hub, into the hub's cache."""

from pathlib import Path

from imgdiff.backends.catalogue import Model
from imgdiff.backends.hub_names import HubName
from imgdiff.backends.repository import Listing, RemoteFile, fetch_files, find_cached, list_files, require_client
from imgdiff.backends.selection import INDEX, folder_files, pipeline_files
from imgdiff.errors import NotFound, WeightsUnavailable
from imgdiff.weights.fetch import Progress
from imgdiff.weights.settings import ModelSettings


def fetch_model(name: HubName, progress: Progress) -> Path:
    """Fetch what a network needs of a repository; the folder of its snapshot.

    Raises NotFound for a repository without a network, WeightsUnavailable or WeightsCorrupt.
    """
    require_client()
    if ModelSettings().offline:
        raise WeightsUnavailable(f"IMGDIFF_OFFLINE forbids fetching {name}")
    listing = list_files(name)
    files = _choose(listing)
    if not files:
        raise NotFound(f"{name} has no model_index.json, no config.json and no such file: nothing that can be loaded")
    return fetch_files(listing, files, progress)


def is_fetched(model: Model) -> bool:
    """Whether the hub's cache holds what the model needs, by its files' names."""
    folder = find_cached(model.hub_name)
    return folder is not None and all(any(folder.glob(pattern)) for pattern in model.files)


def _choose(listing: Listing) -> tuple[RemoteFile, ...]:
    """A named file alone, a pipeline in half precision where it has it, or a model."""
    if listing.name.file is not None:
        return listing.matching([listing.name.file])
    if listing.matching([INDEX]):
        return pipeline_files(listing, "auto")
    return folder_files(listing) if listing.matching(["config.json"]) else ()
