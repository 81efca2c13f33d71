"""The base of every value that is sent, stored or published, and how to tell the shapes of its documents apart."""

import hashlib
import json
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

_DIGITS = 16  # of a digest: 64 bits; a model has had a few dozen shapes at most


class Frozen(BaseModel):
    """An immutable model that rejects unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@cache
def shape_of(model: type[BaseModel]) -> str:
    """Which fields the documents of a model have, in order: a digest of its JSON Schema without prose.

    A document that the model wrote at this shape is complete: parsed and written again, it would be the same text.
    """
    schema = json.dumps(_without_prose(model.model_json_schema(mode="serialization")))
    return hashlib.sha256(schema.encode()).hexdigest()[:_DIGITS]


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_prose(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_prose(one)
        for name, one in schema.items()
        if name not in ("title", "description") or not isinstance(one, str)
    }
