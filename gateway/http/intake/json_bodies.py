"""JSON bodies without files: a dependency that reads one, and its description in OpenAPI."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel

from gateway.http.intake.multipart import read_json

Model = TypeVar("Model", bound=BaseModel)


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that reads the body as a model; FastAPI's own way takes NaN for a number."""

    async def read(request: Request) -> Model:
        return await read_json(request, model, "application/json")

    return read


def describe_json(model: type[BaseModel]) -> dict[str, Any]:
    """The request body in OpenAPI, whose components have the model."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
