"""What signatures do not tell of parameters: forms of ids, that none is null, headers as HTTP spells them, examples."""

from collections.abc import Mapping
from typing import Any

from gateway.http.cursors import encode
from imgdiff.records import DATASET_NAME

Document = Mapping[str, Any]

_RESOURCES = {
    "/v1/jobs/{id}": "Job",
    "/v1/batches/{id}": "Batch",
    "/v1/records/{id}": "Record",
    "/v1/donors/{id}": "Donor",
    "/v1/webhooks/{id}": "Webhook",
    "/v1/dead-letters/{id}": "DeadLetter",
    "/v1/assets/{id}": "Asset",
}
"""By path, the schema whose `id` it has; another text is the id of nothing, and answered 404."""

_NAME = DATASET_NAME.pattern
_CURSOR = r"^MT[op][A-Za-z0-9_-]+$"
_FORMS = {"version": _NAME, "name": _NAME, "cursor": _CURSOR, "through": _CURSOR}
_FORMATS = {"cursor": "cursor", "through": "cursor"}
"""Formats of our own: what only the gateway can write."""

_EXAMPLES: dict[str, Any] = {
    "name": "default",
    "version": "v1",
    "number": 1,
    "size": 320,
    "review": ["unreviewed"],
    "include_rejected": False,
    "precision": 0.9,
    "reason": "region.too_similar",
    "q": "red cup",
    "order": "doubtful",
    "cursor": encode(42),
    "page_size": 50,
    "state": "succeeded",
    "label": "cup",
    "category": "kitchen",
    "licence": "CC-BY-*",
    "source": "https://example.com/cup.png",
    "reference": "annotation 17",
    "min_pixels": 100,
    "min_share": 0.01,
    "max_share": 0.5,
    "cut_off": False,
    "occluded": False,
    "outlined": True,
    "verdict": "different",
    "change": "removed",
    "min_confidence": 0.5,
    "min_similarity": 0.1,
    "max_similarity": 0.95,
    "top": 20,
    "threshold": ["region.too_similar:0.9"],
    "report": False,
    "degraded": False,
    "forget": False,
    "side": "left",
    "start": 0,
    "format": "jsonl",
    "container": "tar",
    "images": False,
    "limit": 100,
    "through": encode(42),
    "balance": "change",
    "sample": 10,
    "per_group": 5,
    "sample_seed": 7,
    "idempotency-key": "5f2c7a9e-order-17",
    "prefer": "wait=10",
    "accept": "application/json",
    "if-none-match": '"an-entity-tag"',
    "if-match": "*",
    "last-event-id": "17",
    "upload-offset": 0,
    "upload-complete": "?1",
}
_PICTURES = ("/question", "/preview")


def describe_parameters(document: Document) -> None:
    """Complete the parameters of every operation, after the schemas have their examples."""
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                resource = schemas.get(_identified(path, parameter["name"]))
                _complete(path, parameter, resource)


def _identified(path: str, name: str) -> str | None:
    """The name of the schema that a part of a path identifies."""
    if name == "delivery":
        return "Delivery"
    found = (schema for one, schema in _RESOURCES.items() if path == one or path.startswith(f"{one}/"))
    return next(found, None) if name == "id" else None


def _complete(path: str, parameter: dict[str, Any], resource: Mapping[str, Any] | None) -> None:
    name = parameter["name"].lower()
    if parameter["in"] == "header":
        parameter["name"] = _spell(name)
    schema = without_null(parameter["schema"])
    if resource is not None:
        schema["pattern"] = resource["properties"]["id"]["pattern"]
    elif name in _FORMS and "pattern" not in schema and "{name}.json" not in path:
        schema["pattern"] = _FORMS[name]
    if name in _FORMATS:
        schema["format"] = _FORMATS[name]
    parameter["schema"] = schema
    example = _example(path, name) if resource is None else resource["examples"][0]["id"]
    if example is not None:
        parameter["example"] = example


def _spell(header: str) -> str:
    """The name as HTTP writes it."""
    return "-".join("ID" if word == "id" else word.title() for word in header.split("-"))


def _example(path: str, name: str) -> Any:
    if name == "state" and path.endswith("/deliveries"):
        return "waiting"
    if name == "accept" and path.endswith(_PICTURES):
        return "image/png"
    return "record" if name == "name" and "{name}.json" in path else _EXAMPLES.get(name)


def without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter or a part, which is there or not, but never JSON's null."""
    variants = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(variants) != 1:
        return dict(schema)
    outer = {key: value for key, value in schema.items() if key != "anyOf" and value is not None}
    return {**variants[0], **outer}
