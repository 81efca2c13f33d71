"""Limits of parameters are in the OpenAPI document; a value that is none of several is answered with all of them."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from gateway.snapshot import snapshot


def _parameters(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                yield method, path, parameter


def test_no_parameter_is_null() -> None:
    for method, path, parameter in _parameters(json.loads(snapshot())):
        assert "null" not in json.dumps(parameter["schema"]), (method, path, parameter["name"])


def test_every_part_of_a_path_has_its_form() -> None:
    for method, path, parameter in _parameters(json.loads(snapshot())):
        if parameter["in"] == "path":
            assert parameter["schema"].keys() & {"pattern", "enum", "minimum"}, (method, path, parameter["name"])


def test_a_value_that_is_none_of_several_is_answered_with_all_of_them(client: httpx.Client) -> None:
    client.post("/v1/datasets", json={"name": "default"}).raise_for_status()
    document = json.loads(snapshot())
    seen = 0
    for method, path, parameter in _parameters(document):
        schema = parameter["schema"]
        name = schema.get("$ref", "").rpartition("/")[2]
        options = document["components"]["schemas"][name]["enum"] if name else schema.get("enum")
        if parameter["in"] != "query" or options is None or "{id}" in path:
            continue
        answer = client.request(method, path.format(name="default"), params={parameter["name"]: "none-such"})
        assert answer.status_code == 422, (path, parameter["name"])
        assert [one for one in options if one not in answer.json()["detail"]] == [], (path, parameter["name"])
        seen += 1
    assert seen > 5
