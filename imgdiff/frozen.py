"""The base of every value we send, store or publish: immutable, closed, described."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Parsed once at the border, then trusted: unknown fields are refused, no field is ever reassigned."""

    model_config = ConfigDict(frozen=True, extra="forbid")
