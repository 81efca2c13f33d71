"""Examples of every schema in the OpenAPI document: whole documents from a file, and what they hold.

The example of a part is where it first occurs in a whole document, so that nobody has to write it twice.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Schema = Mapping[str, Any]
_REF = "#/components/schemas/"
_LINES = {
    "create_batch": "BatchLine",
    "append_to_batch": "BatchLine",
    "read_output": "BatchOutput",
    "read_errors": "BatchError",
}
"""What is on every line, by operation."""

_ANSWERS: dict[str, Any] = {
    "live": {"live": True},
    "ready": {"ready": True, "checks": {"database": "ok", "redis": "ok"}, "degraded": {}},
    "list_schemas": {"schemas": ["/v1/schemas/record.json"]},
    "read_schema": {"$id": "/v1/schemas/pruned.json", "type": "object", "properties": {"assets": {"type": "integer"}}},
}
_METRICS = '# TYPE imgdiff_jobs gauge\nimgdiff_jobs{state="running"} 2.0\n'
_FILE = "(the bytes of an image file)"


@cache
def _documents() -> dict[str, Any]:
    """By the name of their schema."""
    text = (files("gateway.http.description") / "examples.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def add_examples(schemas: dict[str, dict[str, Any]]) -> None:
    """Give each schema of the components its `examples`, as far as the documents have one."""
    found: dict[str, Any] = {}
    for name, value in _documents().items():
        _collect(schemas, {"$ref": _REF + name}, value, found)
    for name, schema in schemas.items():
        if "enum" in schema:
            schema["examples"] = schema["enum"][:1]
        elif name in found:
            schema["examples"] = [found[name]]


def add_media_examples(document: Schema) -> None:
    """Give an `example` to bodies whose schema is no component: lines of JSON, forms, events and small answers."""
    schemas = document["components"]["schemas"]
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        name = operation["operationId"]
        form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
        if form is not None:
            sent = operation["requestBody"]["content"]["application/json"]["schema"]
            form["example"] = _fill_form(form["schema"], schemas, _component(schemas, sent))
        if name in _LINES:
            answers = [] if "requestBody" in operation else [operation["responses"]["200"]]
            for body in answers or [operation["requestBody"]]:
                for media in body["content"].values():
                    media["example"] = json.dumps(schemas[_LINES[name]]["examples"][0]) + "\n"
        elif name == "follow_job":
            event = schemas["JobEvent"]["examples"][0]
            shown = {"id": "17", "event": event["type"], "data": json.dumps(event)}
            operation["responses"]["200"]["content"]["text/event-stream"]["example"] = shown
        elif name == "metrics":
            operation["responses"]["200"]["content"]["text/plain"]["example"] = _METRICS
        elif name in _ANSWERS:
            operation["responses"]["200"]["content"]["application/json"]["example"] = _ANSWERS[name]


def _component(schemas: Schema, schema: Schema) -> Any:
    """The example of a component."""
    return schemas[str(schema["$ref"]).removeprefix(_REF)]["examples"][0]


def _fill_form(form: Schema, schemas: Schema, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A form with what the JSON body has and what it must have; what is JSON in a part is a text there."""
    filled: dict[str, Any] = {}
    for name, part in form["properties"].items():
        if name not in sent and name not in form["required"]:
            continue
        if part.get("format") == "binary":
            filled[name] = _FILE
        else:
            value = sent[name] if name in sent else _component(schemas, part)
            filled[name] = json.dumps(value) if "contentSchema" in part else value
    return filled


def _collect(schemas: Schema, schema: Schema, value: Any, found: dict[str, Any]) -> None:
    """Note the value for its schema, and what it holds for theirs; the first of each counts."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_REF)
        found.setdefault(name, value)
        schema = schemas[name]
    for variant in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if _fits(schemas, variant, value):
            _collect(schemas, variant, value, found)
            break
    for inner, part in _parts(schema, value):
        _collect(schemas, inner, part, found)


def _parts(schema: Schema, value: Any) -> Iterator[tuple[Schema, Any]]:
    """What a value holds, each with its schema."""
    if isinstance(value, dict):
        other = schema.get("additionalProperties")
        for name, part in value.items():
            inner = schema.get("properties", {}).get(name, other)
            if isinstance(inner, Mapping):
                yield inner, part
    elif isinstance(value, list):
        heads = schema.get("prefixItems", ())
        for at, part in enumerate(value):
            inner = heads[at] if at < len(heads) else schema.get("items")
            if isinstance(inner, Mapping):
                yield inner, part


def _fits(schemas: Schema, schema: Schema, value: Any) -> bool:
    """Whether a variant can be meant: by its type, and the names of its properties."""
    if "$ref" in schema:
        schema = schemas[str(schema["$ref"]).removeprefix(_REF)]
    kind = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    if value is None or schema.get("type", "object") not in (kind[type(value)], "number" if type(value) is int else ""):
        return value is None and schema.get("type") == "null"
    if isinstance(value, dict):
        names = schema.get("properties", value)
        return set(schema.get("required", ())) <= set(value) <= set(names)
    return "enum" not in schema or value in schema["enum"]
