"""The published shapes do not change: golden documents, their schemas, and the OpenAPI document."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel

from gateway.routes.service.schemas import SCHEMAS, read_schema
from gateway.snapshot import snapshot
from imgdiff.batches.documents import Batch
from imgdiff.datasets import ReviewPage
from imgdiff.funnel import Funnel
from imgdiff.jobs import Job
from imgdiff.problems import Problem
from imgdiff.records import Record

CONTRACTS = Path(__file__).parents[1] / "contracts"
GOLDEN: tuple[tuple[str, type[BaseModel]], ...] = (
    ("record", Record),
    ("job", Job),
    ("problem", Problem),
    ("funnel", Funnel),
    ("batch", Batch),
    ("reviews", ReviewPage),
)


def _golden(name: str) -> Any:
    return json.loads((CONTRACTS / f"{name}.json").read_text())


def _schema(name: str) -> dict[str, Any]:
    return asyncio.run(read_schema(name))


@pytest.mark.parametrize(("name", "model"), GOLDEN)
def test_a_golden_document_is_read_and_written_unchanged(name: str, model: type[BaseModel]) -> None:
    assert model.model_validate(_golden(name)).model_dump(mode="json") == _golden(name)


def test_a_record_of_the_first_version_stays_readable() -> None:
    record = Record.model_validate(_golden("record_v1"))

    assert (record.schema_version, record.pair_changes) == (1, ())
    assert {region.box2 for region in record.regions} == {None}


@pytest.mark.parametrize("name", [name for name, _ in GOLDEN])
def test_a_golden_document_fits_the_published_schema(name: str) -> None:
    jsonschema.Draft202012Validator(_schema(name)).validate(_golden(name))


@pytest.mark.parametrize("name", [name for name, _ in GOLDEN])
def test_the_published_schema_rejects_an_unknown_field(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(_schema(name)).validate({**_golden(name), "surprise": 1})


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_of_every_schema_is_described(name: str) -> None:
    schema = _schema(name)

    assert [where for where, field in _fields(schema) if not _described(field, schema)] == []


def test_the_openapi_document_is_valid() -> None:
    validate(json.loads(snapshot()))


def test_the_openapi_document_is_the_stored_one() -> None:
    """After an intended change run `python -m gateway.snapshot > tests/contracts/openapi.json`."""
    assert json.loads(snapshot()) == _golden("openapi")


def test_every_operation_documents_problems_as_problem_json() -> None:
    document = json.loads(snapshot())

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            errors = [code for code in operation["responses"] if code[0] in "45"]
            assert "422" in errors, (method, path)
            assert operation.get("description"), (method, path)
            for code in errors:
                media = operation["responses"][code].get("content", {"application/problem+json": {}})
                assert list(media) == ["application/problem+json"], (method, path, code)


def _fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for owner in (schema, *schema.get("$defs", {}).values()):
        for field, content in owner.get("properties", {}).items():
            yield f"{owner.get('title')}.{field}", content


def _described(field: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether it has a description, itself or in the schema that it refers to."""
    if field.get("description"):
        return True
    name = str(field.get("$ref", "")).rpartition("/")[2]
    return bool(schema.get("$defs", {}).get(name, {}).get("description"))
