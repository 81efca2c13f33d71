"""The OpenAPI document has the limits of what a request may hold: all of our models', or a reason why there is none."""

import json
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import annotated_types
import jsonschema
import pytest
from pydantic.fields import FieldInfo

from gateway.snapshot import snapshot
from imgdiff.requests.sent import Sent

Schema = dict[str, Any]
_REF = "#/components/schemas/"
_NO_NUL = r"^[^\x00]*$"  # says nothing of a text's length
_HEAD = "a header's length is bounded by that of the head, 64 KiB"
_BODY = "as long as the body may be"
UNBOUNDED = {
    "?Accept": _HEAD,
    "?If-Match": _HEAD,
    "?If-None-Match": _HEAD,
    "?Prefer": f"other preferences than `wait` are ignored; {_HEAD}",
    "?page_size": "larger values count as the largest",
    "application/jsonl": "bytes of a file, bounded by a setting",
    "application/partial-upload": "bytes of a file, bounded by a setting",
    "InlineRef.base64": _BODY,
    "JsonValue": "any JSON, part of `metadata`",
    "Options.metadata": "4 kB at most, written as JSON",
    "Options.thresholds": "any finite number is a threshold",
    "RunLengths.counts": "together as many as the image has pixels, of which no setting allows more than a body holds",
    "NewDonor.polygons": "corners outside of the image are moved to its border; outlines are bounded in its sides",
    "DonorRequest.polygons": "as of NewDonor",
}
"""By parameter, media type or field: why it has no limit in the document."""


@pytest.fixture(scope="module")
def document() -> Schema:
    """The OpenAPI document."""
    found: Schema = json.loads(snapshot())
    return found


def _requests(document: Schema) -> Iterator[tuple[str, Schema]]:
    """What a client sends: each parameter and body with its schema."""
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        for parameter in operation.get("parameters", ()):
            yield f"?{parameter['name']}", parameter["schema"]
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            yield kind, media["schema"]


def _find_open(document: Schema) -> set[str]:
    """What has no limit, by name."""
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [*_requests(document)]
    while ahead:
        name, schema = ahead.pop()
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REF)
            schema = {} if name in seen else document["components"]["schemas"][name]
            seen.add(name)
        if not _is_bounded(schema):
            found.add(name)
        ahead += _parts(name, schema)
    return found


def _parts(name: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """What a schema holds; fields of components have names of their own."""
    for key in ("anyOf", "oneOf", "prefixItems"):
        yield from ((name, inner) for inner in schema.get(key, ()))
    for key in ("items", "additionalProperties", "contentSchema"):
        if isinstance(schema.get(key), dict):
            yield name, schema[key]
    yield from ((name, inner) for inner in schema.get("patternProperties", {}).values())
    for field, inner in schema.get("properties", {}).items():
        yield f"{name}.{field}" if name[0].isupper() else name, inner


def _is_bounded(schema: Schema) -> bool:
    keys = schema.keys() - ({"pattern"} if schema.get("pattern") == _NO_NUL else set())
    if keys & {"enum", "const", "contentSchema"} or schema.get("format") == "binary":
        return True
    match schema.get("type"):
        case "string":
            return bool(keys & {"maxLength", "pattern"})
        case "integer" | "number":
            return bool(keys & {"minimum", "exclusiveMinimum"}) and bool(keys & {"maximum", "exclusiveMaximum"})
        case "array":
            return "maxItems" in keys
        case "object":
            return bool(keys & {"properties", "maxProperties"}) or "enum" in schema.get("propertyNames", {})
    return True


def test_what_is_sent_has_a_limit_or_a_reason_to_have_none(document: Schema) -> None:
    assert _find_open(document) == UNBOUNDED.keys()


def test_json_that_cannot_be_stored_does_not_fit_the_document(document: Schema) -> None:
    validator = jsonschema.Draft202012Validator({"$ref": f"{_REF}Options", "components": document["components"]})

    assert validator.is_valid({"metadata": {"a": ["b", {"c": None}, 1.5, True]}})
    for metadata in ({"\0": 1}, {"a": "\0"}, {"a": [{"\0": 1}]}, {"a": {"b": ["\0"]}}):
        assert not validator.is_valid({"metadata": metadata}), metadata


def _models(base: type[Sent] = Sent) -> Iterator[type[Sent]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _limits(kind: Any, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The limits of a type as JSON Schema writes them, with those of its parts."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        yield from _limits(inner, (*metadata, *more))
    elif origin in (Union, UnionType):
        for part in get_args(kind):
            if part is not type(None):
                yield from _limits(part, metadata)
    else:
        for one in metadata:
            yield from _limits_of(one, {tuple: "Items", list: "Items", dict: "Properties"}.get(origin, "Length"))
        for part in get_args(kind) if origin in (tuple, list) else ():
            yield from _limits(part)


def _limits_of(one: Any, length: str) -> Iterator[tuple[str, Any]]:
    for inner in one.metadata if isinstance(one, FieldInfo) else ():
        yield from _limits_of(inner, length)
    match one:
        case annotated_types.Ge(ge):
            yield "minimum", ge
        case annotated_types.Gt(gt):
            yield "exclusiveMinimum", gt
        case annotated_types.Le(le):
            yield "maximum", le
        case annotated_types.Lt(lt):
            yield "exclusiveMaximum", lt
        case annotated_types.MinLen(least):
            yield f"min{length}", least
        case annotated_types.MaxLen(most):
            yield f"max{length}", most


def _written(value: Any) -> Iterator[tuple[str, Any]]:
    """Every keyword of a schema that has a number."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, int | float):
            yield key, inner
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _written(inner)


def test_the_limits_of_our_models_are_in_the_document(document: Schema) -> None:
    schemas, seen = document["components"]["schemas"], 0
    for model in _models():
        for name, field in model.model_fields.items() if model.__name__ in schemas else ():
            limits = {*_limits(Annotated[(field.annotation, field)])}
            assert limits - {*_written(schemas[model.__name__]["properties"][name])} == set(), (model, name)
            seen += len(limits)
    assert seen > 50
