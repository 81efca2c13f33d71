"""Datasets: named collections of records, read page by page, frozen as versions, deleted."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from gateway.cloudevents.rendering import record_created
from gateway.cloudevents.replies import VARY, events_content, to_list, wants_events
from gateway.funnel.counting import count_rejections
from gateway.http import cursors
from gateway.http.deps import Cursor, DatasetKey, IdempotencyKey, PageSize, StateDep, claim
from gateway.http.intake.json_bodies import describe_json, json_body
from gateway.http.problems import error_responses
from gateway.http.replies import to_page, to_response
from gateway.routes.record_filter import read_filter
from gateway.routes.record_order import Place, read_place
from gateway.store import datasets
from gateway.store.database import Session
from gateway.store.finding.filters import RecordFilter
from gateway.store.idempotency import Answer, answer_once
from gateway.store.retention import deletion, versions
from gateway.store.retention.versions import Digest
from gateway.store.tenants import dataset_name
from imgdiff.cloudevents.documents import RecordCloudEvent
from imgdiff.datasets import (
    Dataset,
    DatasetChange,
    DatasetPage,
    DatasetVersion,
    NewDataset,
    NewVersion,
    RecordPage,
    VersionPage,
)
from imgdiff.errors import (
    Conflict,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidRequest,
    NotFound,
    UnsupportedMediaType,
)
from imgdiff.records import Record

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

_NewDataset = Annotated[NewDataset, Depends(json_body(NewDataset))]
_Change = Annotated[DatasetChange, Depends(json_body(DatasetChange))]
_NewVersion = Annotated[NewVersion, Depends(json_body(NewVersion))]


@router.get("")
def list_datasets(state: StateDep, page_size: PageSize, cursor: Cursor = None) -> DatasetPage:
    """All datasets, by name."""
    with state.database.reading() as session:
        found = datasets.after(session, cursors.position(cursor) or "", page_size + 1, state.tenant)
    page = found[:page_size]
    more = cursors.encode(page[-1].name) if len(found) > page_size else None
    return DatasetPage(datasets=tuple(page), next_cursor=more)


@router.post(
    "",
    status_code=201,
    response_model=Dataset,
    openapi_extra=describe_json(NewDataset),
    responses=error_responses(Conflict, IdempotencyInFlight, UnsupportedMediaType, InvalidRequest, IdempotencyMismatch),
)
def create_dataset(new: _NewDataset, state: StateDep, key: IdempotencyKey) -> Response:
    """Create an empty dataset. A job that names a new dataset in its options creates it, too."""
    claimed = claim(state, key, "POST /v1/datasets", new.model_dump(mode="json"))

    def create(session: Session) -> Answer:
        dataset = datasets.create(session, new, state.tenant)
        return Answer(201, dataset.model_dump(mode="json"), {"Location": f"/v1/datasets/{dataset.name}"})

    return to_response(answer_once(state.database, claimed, create))


@router.get("/{name}", responses=error_responses(NotFound))
def read_dataset(dataset: DatasetKey, state: StateDep) -> Dataset:
    """One dataset with the counts of its records."""
    with state.database.reading() as session:
        return datasets.describe(session, dataset)


@router.patch(
    "/{name}", openapi_extra=describe_json(DatasetChange), responses=error_responses(NotFound, UnsupportedMediaType)
)
def change_dataset(dataset: DatasetKey, wanted: _Change, state: StateDep) -> Dataset:
    """Change the description or the tags of a dataset. Its frozen versions keep theirs."""
    with state.database.writing() as session:
        return datasets.change(session, dataset, wanted)


@router.delete("/{name}", status_code=204, responses=error_responses(NotFound, Conflict))
def delete_dataset(dataset: DatasetKey, state: StateDep) -> Response:
    """Delete a dataset with its jobs and records; answered when all is gone, and repeated it goes on.

    Refused while a job of it runs or it has a version. Images stay until `POST /v1/assets/prune`.
    """
    with state.database.writing() as session:
        deletion.begin(session, dataset)
    more = True
    while more:
        with state.database.writing() as session:
            more = deletion.delete_some(session, dataset)
    return Response(status_code=204)


@router.get(
    "/{name}/records",
    response_model=RecordPage,
    responses={
        200: {"description": "The page.", "content": events_content(RecordCloudEvent)},
        **error_responses(NotFound),
    },
)
def list_records(
    dataset: DatasetKey,
    request: Request,
    state: StateDep,
    page_size: PageSize,
    condition: Annotated[RecordFilter, Depends(read_filter)],
    place: Annotated[Place, Depends(read_place)],
    version: Annotated[str | None, Query(description="Only the records of this version.")] = None,
) -> Response:
    """The records of a dataset, oldest first, or their creation as CloudEvents, whose next page is in `Link`.

    A page looks at a limited number of records, so with several filters, or one of scores, it may hold fewer than were
    asked for, or none, although others follow: `next_cursor` is null on the last page only.
    """
    with state.database.reading() as session:
        datasets.require(session, dataset)
        through = None if version is None else versions.contents(session, dataset, version).through
        found, more = place.read(session, condition, page_size, through)
    if wants_events(request):
        read = (Record.model_validate_json(text) for text in found)
        return to_list((record_created(record, state.settings.event_source) for record in read), request, more)
    return to_page("records", found, more, VARY)


@router.post(
    "/{name}/versions",
    status_code=201,
    response_model=DatasetVersion,
    openapi_extra=describe_json(NewVersion),
    responses=error_responses(
        NotFound, Conflict, IdempotencyInFlight, UnsupportedMediaType, InvalidRequest, IdempotencyMismatch
    ),
)
def freeze_version(dataset: DatasetKey, new: _NewVersion, state: StateDep, key: IdempotencyKey) -> Response:
    """Freeze the records that the dataset has now under a name. None of them can be deleted while the version exists.

    The same export of a version has the same bytes, whatever is added to the dataset or changed in its description.
    """
    claimed = claim(state, key, f"POST /v1/datasets/{dataset_name(dataset)}/versions", new.model_dump(mode="json"))
    with state.database.reading() as session:
        digest, rejections = Digest(session, dataset), count_rejections(session, dataset)

    def create(session: Session) -> Answer:
        version = versions.freeze(session, dataset, new, digest, rejections)
        location = f"/v1/datasets/{version.dataset}/versions/{version.name}"
        return Answer(201, version.model_dump(mode="json"), {"Location": location})

    return to_response(answer_once(state.database, claimed, create))


@router.get("/{name}/versions", responses=error_responses(NotFound))
def list_versions(dataset: DatasetKey, state: StateDep, page_size: PageSize, cursor: Cursor = None) -> VersionPage:
    """The frozen versions of a dataset, by name."""
    with state.database.reading() as session:
        datasets.require(session, dataset)
        found = versions.after(session, dataset, cursors.position(cursor) or "", page_size + 1)
    page = found[:page_size]
    more = cursors.encode(page[-1].name) if len(found) > page_size else None
    return VersionPage(versions=tuple(page), next_cursor=more)


@router.get("/{name}/versions/{version}", responses=error_responses(NotFound))
def read_version(dataset: DatasetKey, version: str, state: StateDep) -> DatasetVersion:
    """One frozen version."""
    with state.database.reading() as session:
        return versions.get(session, dataset, version)


@router.delete("/{name}/versions/{version}", status_code=204, responses=error_responses(NotFound))
def delete_version(dataset: DatasetKey, version: str, state: StateDep) -> Response:
    """Delete a version. The records stay, and can be deleted from now on."""
    with state.database.writing() as session:
        versions.delete(session, dataset, version)
    return Response(status_code=204)
