"""Datasets: named collections of records, read page by page."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from gateway.http import cursors
from gateway.http.deps import Cursor, IdempotencyKey, PageSize, StateDep, claim
from gateway.http.problems import error_responses
from gateway.http.replies import to_response
from gateway.store import datasets, records
from gateway.store.database import Session
from gateway.store.idempotency import Answer, answer_once
from gateway.store.records import RecordFilter
from imgdiff.datasets import Dataset, DatasetPage, NewDataset, RecordPage
from imgdiff.errors import Conflict, IdempotencyInFlight, IdempotencyMismatch, InvalidRequest, NotFound
from imgdiff.records import Change, Verdict

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

_VerdictFilter = Annotated[Verdict | None, Query(description="Only records with this verdict.")]
_ChangeFilter = Annotated[Change | None, Query(description="Only records with a kept region of this change.")]


@router.get("")
def list_datasets(state: StateDep, page_size: PageSize, cursor: Cursor = None) -> DatasetPage:
    """All datasets, by name."""
    with state.database.reading() as session:
        found = datasets.after(session, cursors.position(cursor) or "", page_size + 1)
    page = found[:page_size]
    more = cursors.encode(page[-1].name) if len(found) > page_size else None
    return DatasetPage(datasets=tuple(page), next_cursor=more)


@router.post(
    "",
    status_code=201,
    response_model=Dataset,
    responses=error_responses(Conflict, IdempotencyInFlight, InvalidRequest, IdempotencyMismatch),
)
def create_dataset(new: NewDataset, state: StateDep, key: IdempotencyKey) -> Response:
    """Create an empty dataset. A job that names a new dataset in its options creates it, too."""
    claimed = claim(key, "POST /v1/datasets", new.model_dump(mode="json"))

    def create(session: Session) -> Answer:
        dataset = datasets.create(session, new)
        return Answer(201, dataset.model_dump(mode="json"), {"Location": f"/v1/datasets/{dataset.name}"})

    return to_response(answer_once(state.database, claimed, create))


@router.get("/{name}", responses=error_responses(NotFound))
def read_dataset(name: str, state: StateDep) -> Dataset:
    """One dataset with the counts of its records."""
    with state.database.reading() as session:
        return datasets.describe(session, name)


@router.get("/{name}/records", responses=error_responses(NotFound))
def list_records(
    name: str,
    state: StateDep,
    page_size: PageSize,
    verdict: _VerdictFilter = None,
    change: _ChangeFilter = None,
    cursor: Cursor = None,
) -> RecordPage:
    """The records of a dataset, oldest first."""
    start = cursors.sequence(cursor)
    with state.database.reading() as session:
        datasets.require(session, name)
        found = records.after(session, RecordFilter(name, verdict, change), start, page_size + 1)
    page = found[:page_size]
    more = cursors.encode(page[-1][0]) if len(found) > page_size else None
    return RecordPage(records=tuple(record for _, record in page), next_cursor=more)
