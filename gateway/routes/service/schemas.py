"""A JSON Schema for every document that clients store."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from gateway.http.problems import error_responses
from imgdiff.batches.documents import Batch, BatchError, BatchLine, BatchOutput
from imgdiff.cloudevents.documents import BatchCloudEvent, JobCloudEvent, RecordCloudEvent
from imgdiff.datasets import Asset, Dataset, Donor, Models, NewDonor, ReviewPage
from imgdiff.errors import NotFound
from imgdiff.funnel import Funnel
from imgdiff.jobs import Job, JobEvent
from imgdiff.options import DifferenceCaptionsRequest, Options, SynthesisRequest
from imgdiff.problems import Problem
from imgdiff.records import Record
from imgdiff.reviews.documents import RecordPatch
from imgdiff.statistics.documents import Statistics
from imgdiff.statistics.quality import Quality

router = APIRouter(prefix="/v1/schemas", tags=["schemas"])

SCHEMAS: dict[str, type[BaseModel]] = {
    "record": Record,
    "job": Job,
    "job-event": JobEvent,
    "batch": Batch,
    "batch-line": BatchLine,
    "batch-output": BatchOutput,
    "batch-error": BatchError,
    "record-cloud-event": RecordCloudEvent,
    "job-cloud-event": JobCloudEvent,
    "batch-cloud-event": BatchCloudEvent,
    "problem": Problem,
    "reviews": ReviewPage,
    "record-patch": RecordPatch,
    "asset": Asset,
    "dataset": Dataset,
    "donor": Donor,
    "new-donor": NewDonor,
    "funnel": Funnel,
    "models": Models,
    "statistics": Statistics,
    "quality": Quality,
    "options": Options,
    "difference-captions-request": DifferenceCaptionsRequest,
    "synthesis-request": SynthesisRequest,
}


@router.get("")
async def list_schemas() -> dict[str, list[str]]:
    """Paths of all published schemas."""
    return {"schemas": [f"/v1/schemas/{name}.json" for name in SCHEMAS]}


@router.get("/{name}.json", responses=error_responses(NotFound))
async def read_schema(name: Annotated[str, Path(json_schema_extra={"enum": list(SCHEMAS)})]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one document."""
    if name not in SCHEMAS:
        raise NotFound(f"there is no schema {name!r}; known: {', '.join(SCHEMAS)}")
    schema = SCHEMAS[name].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"/v1/schemas/{name}.json", **schema}
