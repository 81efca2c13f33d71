"""What JSON Schema cannot say of valid requests, for schemathesis: which images exist, the order of a box, and so on.

Only requests that are meant to be valid are changed; broken ones go out as they were drawn.
"""

import json
import os
from base64 import b64decode
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import numpy as np
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import ComponentInfo
from schemathesis.transport.serialization import Binary

from gateway.http.cursors import encode
from imgdiff.images import encode_png

_ASSET = {"asset": os.environ.get("ABUSE_ASSET", "")}
_BOX = [2, 2, 6, 6]  # within the images of the document's examples, which have 8 x 8 pixels
_MASK = {"size": [8, 8], "counts": [18, 4, 4, 4, 4, 4, 4, 4, 18]}
_PLACES = {"box": _BOX, "mask": _MASK, "polygons": [[2, 2, 6, 2, 6, 6, 2, 6]]}
_WRITTEN = {"target_box": _BOX, "target_mask": _MASK, "donor_licences": ["MIT"]}
_IMAGES = ("image", "image1", "image2")
_WITH_IMAGES = ("create_difference_captions", "create_synthesis", "create_donor", "create_asset")
_PICTURE = Binary(encode_png(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)))
_ALIGNMENT = {"applied": False, "model": "identity", "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "score": 1.0}
_STAGES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "/detect": (("image1", "image2"), {}),
    "/caption": (("image1", "image2"), {"alignment": _ALIGNMENT, "verdict": "same"}),
    "/edit": (("image",), {"operation": "remove", "target": "cup", "seed": 1}),
}
"""Files and part `request` of the services' routes: their documents have it as a text."""

_PROBES = ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready")
_OF_TEXT = ("create_batch", "append_to_batch")
_RECEIVER = "https://receiver.invalid/"  # a name that nobody has
_LINE = json.dumps({"custom_id": "a", "body": {"image1": _ASSET, "image2": _ASSET}})

schemathesis.openapi.format("cursor", st.integers(0, 2**31).map(encode))


@schemathesis.serializer("application/jsonl", "application/partial-upload")
def write_lines(_: Any, value: Any) -> bytes:
    """JSON lines as they are; what is drawn as something else than a text is one line of it."""
    return (
        value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else json.dumps(value).encode()
    )


@schemathesis.check
def says_when_to_come_again(_: Any, response: Any, case: Any) -> None:
    """503 says when, but of probes, whose answer is that they are not well."""
    if response.status_code == 503 and case.operation.path not in _PROBES:
        assert "retry-after" in response.headers, "503 without Retry-After"


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """Make a request valid that is meant to be, and say that it is, since schemathesis takes no file for a text."""
    if case.meta is None:
        return
    operation = case.operation.definition.raw.get("operationId", "")
    if case.meta.generation.mode is GenerationMode.POSITIVE:
        _settle(operation, case)
        _say_valid(case)
    elif operation in _OF_TEXT and _has_right_parameters(case):
        _renew_key(case)
        _say_valid(case)  # whatever is drawn as a body is a text once it is sent


def _has_right_parameters(case: Any) -> bool:
    parts = case.meta.components.items()
    return all(part.mode is GenerationMode.POSITIVE for where, part in parts if where is not ParameterLocation.BODY)


def _renew_key(case: Any) -> None:
    """One that was used before belongs to another request."""
    if case.headers and case.headers.get("Idempotency-Key"):
        case.headers["Idempotency-Key"] = uuid4().hex


def _say_valid(case: Any) -> None:
    """Mark the body as valid, and the request if its parameters are."""
    parts = case.meta.components
    if ParameterLocation.BODY in parts:
        parts[ParameterLocation.BODY] = ComponentInfo(GenerationMode.POSITIVE)
    if all(part.mode is GenerationMode.POSITIVE for part in parts.values()):
        case.meta.generation.mode = GenerationMode.POSITIVE


def _settle(operation: str, case: Any) -> None:
    """Complete what was drawn."""
    _renew_key(case)
    if case.query and operation == "list_records" and "order" in case.query:
        case.query.pop("cursor", None)  # which is one of another order
    if case.query and isinstance(case.query.get("threshold"), list):
        case.query["threshold"] = [*{text.partition(":")[0]: text for text in case.query["threshold"]}.values()]
    if operation in _OF_TEXT:
        case.body = _LINE
    elif case.operation.path in _STAGES:
        case.body = dict.fromkeys(_STAGES[case.operation.path][0], _PICTURE)
        case.body["request"] = json.dumps(_STAGES[case.operation.path][1])
    elif isinstance(case.body, MutableMapping):
        _settle_body(operation, case.body, is_form="multipart" in (case.media_type or ""))


def _settle_body(operation: str, body: MutableMapping[str, Any], *, is_form: bool) -> None:
    if operation in _WITH_IMAGES:
        image = Binary(b64decode(os.environ["ABUSE_IMAGE"])) if is_form else _ASSET
        body.update({name: image for name in _IMAGES if body.get(name) is not None})
    options = body.get("options")
    if isinstance(options, MutableMapping) and options.get("webhook") is not None:
        options["webhook"] = _RECEIVER
    if operation == "create_asset" and not is_form:
        body["base64"] = os.environ["ABUSE_IMAGE"]
    if operation == "create_donor":
        donor = body.get("donor", {}) if is_form else body
        _settle_donor(donor)
    if operation == "create_synthesis":
        _settle_synthesis(body, is_form=is_form)
    if operation == "review_record" and isinstance(body.get("review"), MutableMapping):
        _settle_review(body["review"])
    if operation in ("create_webhook", "change_webhook") and body.get("url") is not None:
        body["url"] = f"{_RECEIVER}{uuid4().hex}"


def _settle_review(review: MutableMapping[str, Any]) -> None:
    """Corrections are those of a review that corrects, and that has some."""
    if review.get("state") != "corrected":
        review.pop("corrections", None)
    elif not review.get("corrections"):
        review["state"] = "accepted"


def _settle_donor(donor: Any) -> None:
    """One place, of those that were drawn, in the image."""
    drawn = [name for name in _PLACES if donor.get(name) is not None] or ["box"]
    for name in _PLACES:
        donor.pop(name, None)
    donor[drawn[0]] = _PLACES[drawn[0]]


def _settle_synthesis(body: MutableMapping[str, Any], *, is_form: bool) -> None:
    """A place where one was drawn, unless the edit has none, and a photo or a caption to start from."""
    for name, value in _WRITTEN.items():
        if body.get(name) is not None:
            body[name] = json.dumps(value) if is_form else value
    if body.get("operation") == "add":
        body.pop("target_box", None)
        body.pop("target_mask", None)
    if body.get("donor") is not None:
        body["donor"] = Binary(b64decode(os.environ["ABUSE_IMAGE"])) if is_form else _ASSET
    if body.get("image") is None:
        body.pop("image", None)
        body.pop("target_box", None)
        body.pop("target_mask", None)
        body["caption"] = body.get("caption") or "a cup"
