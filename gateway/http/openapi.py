"""The OpenAPI document, with the schemas that FastAPI cannot infer."""

from typing import Any

from fastapi import FastAPI

from imgdiff.batches.documents import BatchError, BatchLine, BatchOutput
from imgdiff.cloudevents.documents import BatchCloudEvent, JobCloudEvent, RecordCloudEvent
from imgdiff.datasets import DonorRequest, NewDonor
from imgdiff.jobs import JobEvent
from imgdiff.options import DifferenceCaptionsRequest, SynthesisRequest
from imgdiff.problems import Problem

_SENT = (DifferenceCaptionsRequest, SynthesisRequest, DonorRequest, NewDonor)
_EVENTS = (RecordCloudEvent, JobCloudEvent, BatchCloudEvent)
_EXTRA = (Problem, JobEvent, BatchLine, BatchOutput, BatchError, *_EVENTS, *_SENT)  # in no route's signature


def complete_openapi(app: FastAPI) -> None:
    """Add the schemas that no signature names, and remove FastAPI's error shapes, which are never sent."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in _EXTRA:
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it
