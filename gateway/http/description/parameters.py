"""What signatures do not tell of parameters: the form of ids, that no parameter is null, and an example of each."""

from collections.abc import Mapping
from typing import Any

from gateway.http.cursors import encode

Document = Mapping[str, Any]

_NUMBER = "[0-9a-f]{32}"
_FORMS = {
    "/v1/jobs/{id}": f"^job_{_NUMBER}$",
    "/v1/batches/{id}": f"^bat_{_NUMBER}$",
    "/v1/records/{id}": f"^rec_{_NUMBER}$",
    "/v1/donors/{id}": f"^don_{_NUMBER}$",
    "/v1/webhooks/{id}": f"^whk_{_NUMBER}$",
    "/v1/dead-letters/{id}": f"^dlt_{_NUMBER}$",
    "/v1/assets/{id}": "^sha256:[0-9a-f]{64}$",
}
"""Of the `id` in a path; another text is the id of nothing, and answered 404."""

_NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_OTHER_FORMS = {"delivery": f"^msg_{_NUMBER}$", "version": _NAME, "name": _NAME, "cursor": r"^MT[op][A-Za-z0-9_-]+$"}
_FORMATS = {"cursor": "cursor", "through": "cursor"}
"""Formats of our own: what only the gateway can write."""

_ID_EXAMPLES = {
    "/v1/assets/{id}": "sha256:60e3e7e39a212b3eea70bed5cae16a3dc3721f30fddf88828ddb64b951f87d9c",
    **{path: form[1:5] + "0123456789abcdef" * 2 for path, form in _FORMS.items() if "_" in form},
}
_EXAMPLES: dict[str, Any] = {
    "name": "default",
    "version": "v1",
    "delivery": "msg_" + "0123456789abcdef" * 2,
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
    """Complete the parameters of every operation."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                _complete(path, parameter)


def _complete(path: str, parameter: dict[str, Any]) -> None:
    name = parameter["name"].lower()
    schema = without_null(parameter["schema"])
    resource = next((one for one in _FORMS if path == one or path.startswith(f"{one}/")), None)
    if parameter["in"] == "path" and name == "id" and resource is not None:
        schema["pattern"] = _FORMS[resource]
    elif name in _OTHER_FORMS and "pattern" not in schema and "{name}.json" not in path:
        schema["pattern"] = _OTHER_FORMS[name]
    if name in _FORMATS:
        schema["format"] = _FORMATS[name]
    parameter["schema"] = schema
    example = _example(path, name, resource)
    if example is not None:
        parameter["example"] = example


def _example(path: str, name: str, resource: str | None) -> Any:
    if name == "id" and resource is not None:
        return _ID_EXAMPLES[resource]
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
