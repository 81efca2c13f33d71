"""Links lead from answers to operations and parameters that the document has."""

import json
from typing import Any

from gateway.snapshot import snapshot


def test_every_link_names_parameters_of_an_operation() -> None:
    document: dict[str, Any] = json.loads(snapshot())
    operations = {one["operationId"]: one for methods in document["paths"].values() for one in methods.values()}
    links = [
        (name, link)
        for name, operation in operations.items()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]

    assert len(links) > 50
    for name, link in links:
        known = {one["name"] for one in operations[link["operationId"]].get("parameters", ())}
        assert link["parameters"].keys() <= known, (name, link)


def test_headers_are_spelled_as_http_has_them() -> None:
    document: dict[str, Any] = json.loads(snapshot())
    headers = {
        one["name"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for one in operation.get("parameters", ())
        if one["in"] == "header"
    }

    assert {"If-None-Match", "Last-Event-ID", "Upload-Offset", "Prefer"} <= headers
    assert [name for name in headers if name == name.lower()] == []
