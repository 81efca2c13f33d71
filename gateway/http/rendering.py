"""Values as JSON: the one place where answers and events are rendered."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


def render(value: Any) -> str:
    """The value as JSON of RFC 8259: a number that is not finite is null."""
    return to_json(value, inf_nan_mode="null").decode()


class Json(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def __init__(
        self,
        content: Any,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        super().__init__(render(content), status_code, headers, media_type)
