"""Funnels of jobs and datasets, also at other thresholds, and statistics and quality of datasets."""

import math
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from gateway.funnel.counting import Scope, funnel
from gateway.http.deps import DatasetKey, StateDep
from gateway.http.problems import error_responses
from gateway.routes.record_filter import read_filter
from gateway.statistics.counting import TOP
from gateway.statistics.judging import read_quality
from gateway.statistics.reading import read_chosen, read_kept
from gateway.store import datasets
from gateway.store.database import Session
from gateway.store.finding.filters import RecordFilter
from gateway.store.jobs import histories, jobs
from gateway.store.retention import versions
from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.funnel import REPLAYED, Funnel
from imgdiff.statistics.documents import Statistics
from imgdiff.statistics.quality import Quality

router = APIRouter(prefix="/v1")

_GATES = "|".join(code.replace(".", r"\.") for code in REPLAYED)
_THRESHOLD = rf"^({_GATES}):-?[0-9]+(\.[0-9]+)?$"  # of the OpenAPI document; other ways to write a number are taken too
_Thresholds = Annotated[
    list[Annotated[str, Field(json_schema_extra={"pattern": _THRESHOLD})]],
    Query(
        alias="threshold",
        max_length=len(REPLAYED),
        description="Another threshold to try, as `code:value`, at most one for each gate: "
        "`threshold=region.too_similar:0.9&threshold=caption.mismatch:0.3`. The stored scores are replayed; "
        f"possible for {', '.join(REPLAYED)}.",
    ),
]
_Report = Annotated[
    bool,
    Query(
        description="Also try every gate at several thresholds, one at a time; takes tens of times as long. "
        "Rejected for datasets with more pairs than the gateway's `MAX_REPORT_PAIRS`."
    ),
]


@router.get("/jobs/{id}/funnel", tags=["jobs"], responses=error_responses(NotFound))
def read_job_funnel(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    threshold: _Thresholds = [],  # noqa: B006  FastAPI copies it
    report: _Report = False,
) -> Funnel:
    """How many of a job's pairs and regions passed each gate; also while the job runs."""
    thresholds = _parse(threshold)
    with state.database.reading() as session:
        row = jobs.find(session, id)
        return funnel(session, Scope(row.dataset, row.id), thresholds, report=report)


@router.get("/datasets/{name}/funnel", tags=["datasets"], responses=error_responses(NotFound))
def read_dataset_funnel(
    key: DatasetKey,
    state: StateDep,
    threshold: _Thresholds = [],  # noqa: B006  FastAPI copies it
    report: _Report = False,
) -> Funnel:
    """How many pairs and regions of all jobs of a dataset passed each gate.

    This is kept up to date, and read in milliseconds; other thresholds and reports read all stored results.
    """
    thresholds = _parse(threshold)
    with state.database.reading() as session:
        datasets.require(session, key)
        if report:
            _refuse_long_report(session, key, state.settings.max_report_pairs)
        return funnel(session, Scope(key), thresholds, report=report)


@router.get("/datasets/{name}/statistics", tags=["datasets"], responses=error_responses(NotFound))
def read_statistics(
    key: DatasetKey,
    state: StateDep,
    condition: Annotated[RecordFilter, Depends(read_filter)],
    version: Annotated[str | None, Query(description="Only the records of this version.")] = None,
    top: Annotated[int, Query(ge=0, le=1000, description="Most names, and most pairs of names, to list.")] = TOP,
) -> Statistics:
    """What the records of a dataset hold: names, what replaced what, kinds of change, sizes, scores.

    For all records this is kept up to date; a version or a filter takes one pass over its records.
    """
    with state.database.reading() as session:
        datasets.require(session, key)
        if version is None and condition == RecordFilter(key):
            return read_kept(session, key, top)
        through = None if version is None else versions.contents(session, key, version).through
        return read_chosen(session, condition, version, through, top)


@router.get("/datasets/{name}/quality", tags=["datasets"], responses=error_responses(NotFound))
def read_dataset_quality(
    key: DatasetKey,
    state: StateDep,
    precision: Annotated[
        float | None,
        Query(gt=0, le=1, allow_inf_nan=False, description="A share of right records: from which confidence on is it?"),
    ] = None,
) -> Quality:
    """How good the records are, as far as people reviewed them: precision, agreement of reviewers, a threshold.

    Shares need at least `minimum` reviews and are null below. They are of the reviewed records: whoever reviews the
    doubtful ones first sees a lower overall precision than the dataset has, and should read the ranges of confidence.
    """
    with state.database.reading() as session:
        datasets.require(session, key)
        return read_quality(session, key, precision)


def _refuse_long_report(session: Session, dataset: str, limit: int) -> None:
    """Raise InvalidRequest when a report would occupy a thread for minutes; a job never has that many pairs."""
    count = histories.count_pairs(session, dataset)
    if count > limit:
        detail = f"a report covers at most {limit} pairs, and this dataset has {count}; try single thresholds, or jobs"
        raise InvalidRequest.at("/query/report", "limit", detail)


def _parse(given: list[str]) -> dict[str, float]:
    """Parse `code:value`; raises InvalidRequest for an unknown gate, a wrong number or a repeated gate."""
    thresholds: dict[str, float] = {}
    for number, text in enumerate(given):
        code, _, value = text.partition(":")
        where = f"/query/threshold/{number}"
        if code not in REPLAYED:
            detail = f"no score is stored for {code!r}; known: {', '.join(REPLAYED)}"
            raise InvalidRequest.at(where, "gate", detail)
        if code in thresholds:
            raise InvalidRequest.at(where, "twice", f"{code} is given twice")
        try:
            thresholds[code] = float(value)
        except ValueError:
            raise InvalidRequest.at(where, "number", f"{text!r} is not code:value") from None
        if not math.isfinite(thresholds[code]):
            raise InvalidRequest.at(where, "number", "a threshold must be a finite number")
    return thresholds
