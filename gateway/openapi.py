"""The OpenAPI document, completed by what FastAPI does not know."""

from typing import Any

from fastapi import FastAPI

from imgdiff.problems import Problem


def complete(app: FastAPI) -> None:
    """Add the problem document, and leave out FastAPI's own error shapes, which we never answer with."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for foreign in ("HTTPValidationError", "ValidationError"):
            schemas.pop(foreign, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it
