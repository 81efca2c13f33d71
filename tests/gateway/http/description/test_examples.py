"""Every schema, route and parameter has an example; each is valid, and those of requests are accepted."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from gateway.snapshot import snapshot

Operation = dict[str, Any]
_REF = "#/components/schemas/"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = json.loads(snapshot())
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _example(document: dict[str, Any], media: dict[str, Any]) -> Any:
    """That of a body: its own, or its schema's; of several, that of the items."""
    if "example" in media:
        return media["example"]
    schema = media["schema"]
    if schema.get("type") == "array":
        return [_example(document, {"schema": schema["items"]})]
    return document["components"]["schemas"][schema["$ref"].removeprefix(_REF)]["examples"][0]


def _faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_every_schema_has_a_valid_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert [name for name, schema in schemas.items() if not schema.get("examples")] == []
    for name, schema in schemas.items():
        for example in schema["examples"]:
            assert _faults(document, {"$ref": _REF + name}, example) == [], name


def test_every_parameter_has_a_valid_example(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            assert "example" in parameter, (method, path, parameter["name"])
            assert _faults(document, parameter["schema"], parameter["example"]) == [], (method, path, parameter["name"])


def test_every_body_but_bytes_has_a_valid_example(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for status, answer in operation["responses"].items() if status[0] == "2"]
        for body in bodies:
            for kind, media in body.get("content", {}).items():
                if media.get("schema", {}).get("format") != "binary":
                    example = _example(document, media)
                    assert _faults(document, media.get("schema", {}), example) == [], (method, path, kind)


def test_the_examples_of_requests_are_accepted(document: dict[str, Any], client: httpx.Client) -> None:
    """In the order of the document, with the images that they name, and the dataset and webhook that others make."""
    pair = document["components"]["schemas"]["DifferenceCaptionsRequest"]["examples"][0]
    client.post("/v1/assets", json=pair["image2"]).raise_for_status()
    asset = client.post("/v1/assets", json=document["components"]["schemas"]["InlineRef"]["examples"][0]).json()
    assert pair["image1"] == {"asset": asset["id"]}
    client.post("/v1/datasets", json={"name": "default"}).raise_for_status()

    for method, path, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        for kind, media in content.items():
            if kind in ("application/json", "application/jsonl") and "{id}" not in path:
                example = _example(document, media)
                body = example if isinstance(example, str) else json.dumps(example)
                answer = client.request(
                    method, path.replace("{name}", "default"), content=body, headers={"Content-Type": kind}
                )
                assert answer.is_success, (method, path, answer.text)
