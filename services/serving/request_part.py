"""The JSON part `request` that accompanies the images of every stage."""

from typing import TypeVar

from pydantic import BaseModel

from imgdiff.errors import InvalidRequest, validate
from imgdiff.rules.reasons import TUNABLE

Part = TypeVar("Part", bound=BaseModel)


def read_request(text: str, model: type[Part]) -> Part:
    """Parse the part; raises InvalidRequest with JSON pointers below /request."""
    request = validate(model.model_validate_json, text, "/request")
    unknown = sorted(set(getattr(request, "thresholds", {})) - TUNABLE)
    if unknown:
        known = ", ".join(sorted(TUNABLE))
        raise InvalidRequest.at(f"/request/thresholds/{unknown[0]}", "unknown_gate", f"unknown gate; known: {known}")
    return request
