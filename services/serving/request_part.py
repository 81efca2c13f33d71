"""The JSON part `request` that accompanies the images of every stage."""

import math
from typing import TypeVar

from pydantic import BaseModel, JsonValue

from imgdiff.errors import InvalidRequest, validate
from imgdiff.requests.values import parse_json
from imgdiff.rules.reasons import TUNABLE

Part = TypeVar("Part", bound=BaseModel)


def read_request(text: str, model: type[Part]) -> Part:
    """Parse the part; raises InvalidRequest with JSON pointers below /request."""
    parse_json(text, "/request")
    request = validate(model.model_validate_json, text, "/request")
    unknown = sorted(set(getattr(request, "thresholds", {})) - TUNABLE)
    if unknown:
        known = ", ".join(sorted(TUNABLE))
        raise InvalidRequest.at(f"/request/thresholds/{unknown[0]}", "unknown_gate", f"unknown gate; known: {known}")
    pointer = _find_infinite(request.model_dump(mode="python"), "/request")
    if pointer is not None:
        raise InvalidRequest.at(pointer, "finite_number", "a number must be finite: no NaN, Infinity or 1e999")
    return request


def _find_infinite(value: JsonValue, pointer: str) -> str | None:
    """Where a number is that is none or infinite, as pydantic reads NaN and 1e999."""
    match value:
        case float():
            return None if math.isfinite(value) else pointer
        case dict():
            parts = [(str(name), one) for name, one in value.items()]
        case list() | tuple():
            parts = [(str(number), one) for number, one in enumerate(value)]
        case _:
            return None
    return next((found for name, one in parts if (found := _find_infinite(one, f"{pointer}/{name}"))), None)
