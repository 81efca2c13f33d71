"""The requests for datasets, their versions and records, and for what is stored; see `calls`."""

from collections.abc import Sequence

from imgdiff.client.calls import Call, idempotency, paging, read, to_json, to_params
from imgdiff.client.options import ListedRecords, RecordFilters
from imgdiff.datasets import (
    Dataset,
    DatasetChange,
    DatasetPage,
    DatasetVersion,
    NewDataset,
    NewVersion,
    Pruned,
    RecordPage,
    VersionPage,
)
from imgdiff.errors import validate
from imgdiff.statistics.documents import Statistics

_DELETION_SECONDS = 600.0  # read timeout; chosen, not measured: deleting 1,000,000 records takes long


def datasets(cursor: str | None) -> Call[DatasetPage]:
    """`GET /v1/datasets`."""
    return Call("GET", "/v1/datasets", read(DatasetPage), params=paging(cursor, None))


def dataset(name: str) -> Call[Dataset]:
    """`GET /v1/datasets/{name}`."""
    return Call("GET", f"/v1/datasets/{name}", read(Dataset))


def create_dataset(name: str, description: str, tags: Sequence[str]) -> Call[Dataset]:
    """`POST /v1/datasets`."""
    body = validate(NewDataset.model_validate, {"name": name, "description": description, "tags": tuple(tags)})
    return Call("POST", "/v1/datasets", read(Dataset), headers=idempotency(), json=to_json(body))


def change_dataset(name: str, description: str | None, tags: Sequence[str] | None) -> Call[Dataset]:
    """`PATCH /v1/datasets/{name}`."""
    given = {"description": description, "tags": None if tags is None else tuple(tags)}
    body = validate(DatasetChange.model_validate, given)
    return Call("PATCH", f"/v1/datasets/{name}", read(Dataset), json=to_json(body))


def delete_dataset(name: str) -> Call[None]:
    """`DELETE /v1/datasets/{name}`."""
    return Call("DELETE", f"/v1/datasets/{name}", lambda _: None, read_timeout=_DELETION_SECONDS)


def freeze(dataset: str, name: str, description: str) -> Call[DatasetVersion]:
    """`POST /v1/datasets/{name}/versions`."""
    body = validate(NewVersion.model_validate, {"name": name, "description": description})
    path = f"/v1/datasets/{dataset}/versions"
    return Call("POST", path, read(DatasetVersion), headers=idempotency(), json=to_json(body))


def versions(dataset: str, cursor: str | None) -> Call[VersionPage]:
    """`GET /v1/datasets/{name}/versions`."""
    return Call("GET", f"/v1/datasets/{dataset}/versions", read(VersionPage), params=paging(cursor, None))


def version(dataset: str, name: str) -> Call[DatasetVersion]:
    """`GET /v1/datasets/{name}/versions/{version}`."""
    return Call("GET", f"/v1/datasets/{dataset}/versions/{name}", read(DatasetVersion))


def delete_version(dataset: str, name: str) -> Call[None]:
    """`DELETE /v1/datasets/{name}/versions/{version}`."""
    return Call("DELETE", f"/v1/datasets/{dataset}/versions/{name}", lambda _: None)


def records(name: str, filters: ListedRecords, cursor: str | None, page_size: int | None) -> Call[RecordPage]:
    """`GET /v1/datasets/{name}/records`."""
    params = {**paging(cursor, page_size), **to_params(filters)}
    return Call("GET", f"/v1/datasets/{name}/records", read(RecordPage), params=params)


def statistics(name: str, filters: RecordFilters, top: int | None) -> Call[Statistics]:
    """`GET /v1/datasets/{name}/statistics`."""
    given = {**filters, "top": top}
    return Call("GET", f"/v1/datasets/{name}/statistics", read(Statistics), params=to_params(given))


def delete_record(record_id: str) -> Call[None]:
    """`DELETE /v1/records/{id}`."""
    return Call("DELETE", f"/v1/records/{record_id}", lambda _: None)


def prune_assets(cursor: str | None) -> Call[Pruned]:
    """`POST /v1/assets/prune`."""
    return Call("POST", "/v1/assets/prune", read(Pruned), params=paging(cursor, None))
