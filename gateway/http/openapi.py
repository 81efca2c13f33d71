"""The OpenAPI document, completed by what FastAPI does not know."""

from typing import Any

from fastapi import FastAPI

from imgdiff.jobs import JobEvent
from imgdiff.options import DifferenceCaptionsRequest, SynthesisRequest
from imgdiff.problems import Problem

_BESIDE = (Problem, JobEvent, DifferenceCaptionsRequest, SynthesisRequest)  # bodies read by hand, and event data


def complete(app: FastAPI) -> None:
    """Add the documents no signature names and leave out FastAPI's own error shapes, which we never answer with."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in _BESIDE:
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        for foreign in ("HTTPValidationError", "ValidationError"):
            schemas.pop(foreign, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it
