"""Funnels: how many pairs and regions passed every gate, of a job and of a dataset, also at other thresholds."""

import math
from typing import Annotated

from fastapi import APIRouter, Query

from gateway.funnel.counting import Scope, funnel
from gateway.http.deps import PartsDep
from gateway.http.problems import documented
from gateway.store import datasets, histories, jobs
from gateway.store.database import Session
from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.funnel import JUDGED, Funnel

router = APIRouter(prefix="/v1")

_Thresholds = Annotated[
    list[str],
    Query(
        alias="threshold",
        description="Another threshold to try, as `code:value`, once for each gate: "
        "`threshold=region.too_similar:0.9&threshold=caption.mismatch:0.3`. Judged by stored scores; "
        f"possible for {', '.join(JUDGED)}.",
    ),
]
_Report = Annotated[
    bool,
    Query(
        description="Also try every gate at several thresholds, one by one; takes as long as tens of funnels. "
        "Refused for datasets of more pairs than the gateway's `MAX_REPORT_PAIRS`."
    ),
]


@router.get("/jobs/{id}/funnel", tags=["jobs"], responses=documented(NotFound))
def read_job_funnel(
    id: str,  # noqa: A002  the name in the route
    parts: PartsDep,
    threshold: _Thresholds = [],  # noqa: B006  FastAPI copies it
    report: _Report = False,
) -> Funnel:
    """What became of a job's pairs and regions, gate by gate, also while it runs."""
    thresholds = _parsed(threshold)
    with parts.database.reading() as session:
        row = jobs.find(session, id)
        return funnel(session, Scope(row.dataset, row.id), thresholds, report=report)


@router.get("/datasets/{name}/funnel", tags=["datasets"], responses=documented(NotFound))
def read_dataset_funnel(
    name: str,
    parts: PartsDep,
    threshold: _Thresholds = [],  # noqa: B006  FastAPI copies it
    report: _Report = False,
) -> Funnel:
    """What became of the pairs and regions of all jobs of a dataset, gate by gate."""
    thresholds = _parsed(threshold)
    with parts.database.reading() as session:
        datasets.require(session, name)
        if report:
            _refuse_long_report(session, Scope(name), parts.settings.max_report_pairs)
        return funnel(session, Scope(name), thresholds, report=report)


def _refuse_long_report(session: Session, scope: Scope, limit: int) -> None:
    """Raise InvalidRequest when a report would keep a thread for minutes; a job's pairs are never that many."""
    asked = histories.count_pairs(session, scope.selection)
    if asked > limit:
        detail = f"a report is made of at most {limit} pairs, and here are {asked}; ask for single thresholds or jobs"
        raise InvalidRequest.at("/query/report", "limit", detail)


def _parsed(given: list[str]) -> dict[str, float]:
    """`code:value` of each; raises InvalidRequest for what is no gate, no number, or said twice."""
    thresholds: dict[str, float] = {}
    for number, text in enumerate(given):
        code, _, value = text.partition(":")
        where = f"/query/threshold/{number}"
        if code not in JUDGED:
            detail = f"nothing is stored to judge {code!r} by; known: {', '.join(JUDGED)}"
            raise InvalidRequest.at(where, "gate", detail)
        if code in thresholds:
            raise InvalidRequest.at(where, "twice", f"{code} is given twice")
        try:
            thresholds[code] = float(value)
        except ValueError:
            raise InvalidRequest.at(where, "number", f"{text!r} is not code:value") from None
        if not math.isfinite(thresholds[code]):
            raise InvalidRequest.at(where, "number", "a threshold is a finite number")
    return thresholds
