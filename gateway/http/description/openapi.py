"""The OpenAPI document, with the schemas that FastAPI cannot infer."""

import copy
from typing import Any

from fastapi import FastAPI

from gateway.access.scopes import scope_for
from gateway.http.description.examples import add_examples, add_media_examples
from gateway.http.description.links import add_links
from gateway.http.description.parameters import describe_parameters
from gateway.http.problems import error_responses
from imgdiff.batches.documents import BatchError, BatchLine, BatchOutput
from imgdiff.cloudevents.documents import BatchCloudEvent, JobCloudEvent, RecordCloudEvent
from imgdiff.datasets import DatasetChange, DonorRequest, NewDataset, NewDonor, NewVersion
from imgdiff.errors import Forbidden, QuotaExceeded, Unauthorized
from imgdiff.jobs import JobEvent
from imgdiff.options import DifferenceCaptionsRequest, SynthesisRequest
from imgdiff.problems import Problem
from imgdiff.requests.values import NO_NUL
from imgdiff.reviews.documents import RecordPatch
from imgdiff.webhooks.documents import NewWebhook, WebhookChange

_KEY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "imgdiff_ID_SECRET",
    "description": "An API key of this gateway. One that has none, on loopback, takes every request.",
}
_OTHERS = (NewWebhook, WebhookChange, RecordPatch)
_SENT = (DifferenceCaptionsRequest, SynthesisRequest, DonorRequest, NewDonor, NewDataset, DatasetChange, NewVersion)
_ANY: dict[str, Any] = {"$ref": "#/components/schemas/JsonValue"}
_STORABLE = {
    "description": "Any JSON whose names and texts have no NUL character.",
    "anyOf": [
        {"type": "object", "propertyNames": {"pattern": NO_NUL}, "additionalProperties": _ANY},
        {"type": "array", "items": _ANY},
        {"type": "string", "pattern": NO_NUL},
        *({"type": name} for name in ("number", "boolean", "null")),
    ],
}
_EVENTS = (RecordCloudEvent, JobCloudEvent, BatchCloudEvent)
_EXTRA = (Problem, JobEvent, BatchLine, BatchOutput, BatchError, *_EVENTS, *_SENT, *_OTHERS)  # in no route's signature


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
        schemas["JsonValue"] = copy.deepcopy(_STORABLE)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        add_examples(document["components"]["schemas"])
        describe_parameters(document)
        add_links(document)
        add_media_examples(document)
        _add_security(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it


def _add_security(document: dict[str, Any]) -> None:
    """How a key is sent, which scope each route needs, and how it answers without."""
    document["components"]["securitySchemes"] = {"key": _KEY}
    refusals = error_responses(Unauthorized, Forbidden, QuotaExceeded)
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            scope = scope_for(method.upper(), path)
            route["security"] = [] if scope is None else [{"key": [scope.value]}]
            if scope is not None:
                route["responses"] |= {str(status): answer for status, answer in refusals.items()}
                route["responses"] = dict(sorted(route["responses"].items()))
