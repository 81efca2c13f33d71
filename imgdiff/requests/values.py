"""JSON from outside: its numbers are finite and its texts can be stored and sent on."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, GetJsonSchemaHandler, JsonValue, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, from_json

from imgdiff.errors import InvalidRequest, validate

Path = tuple[str | int, ...]
NO_NUL = r"^[^\x00]*$"
"""What `check_text` takes, as a regular expression."""


def check_text(text: str) -> str:
    """The text; raises an error of pydantic for one that UTF-8 or PostgreSQL cannot hold."""
    if "\0" in text:
        raise PydanticCustomError("nul", "the text contains a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise PydanticCustomError("surrogate", "the text contains half of a surrogate pair") from error
    return text


def check_number(number: float) -> float:
    """The number; raises an error of pydantic for NaN and infinity, which JSON has not."""
    if not isfinite(number):
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    return number


def check_values(value: JsonValue) -> JsonValue:
    """The value; raises ValidationError that names the place of each number and text that cannot be taken."""
    faults = list(_find_faults(value, ()))
    if faults:
        raise ValidationError.from_exception_data("JSON", faults)
    return value


class _Names:
    """What `check_values` takes as names, for the published schema."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "propertyNames": {"pattern": NO_NUL}}


JsonObject = Annotated[dict[str, JsonValue], AfterValidator(check_values), _Names()]


def decode_json(data: bytes | str, prefix: str = "") -> JsonValue:
    """The value of a JSON text, which `check_values` has not seen; raises InvalidRequest at the pointer `prefix`."""
    try:
        value: JsonValue = from_json(data)
    except ValueError as error:
        raise InvalidRequest.at(prefix, "json_invalid", f"not JSON: {error}") from error
    return value


def parse_json(data: bytes | str, prefix: str = "") -> JsonValue:
    """The value of a JSON text; raises InvalidRequest that names the place below the pointer `prefix`."""
    return validate(check_values, decode_json(data, prefix), prefix)


def _find_faults(value: JsonValue, place: Path) -> Iterator[InitErrorDetails]:
    try:
        if isinstance(value, str):
            check_text(value)
        elif isinstance(value, float):
            check_number(value)
    except PydanticCustomError as error:
        yield InitErrorDetails(type=error, loc=place, input=None)
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _find_faults(name, place)
            yield from _find_faults(one, (*place, name))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _find_faults(one, (*place, at))


@dataclass(frozen=True)
class Form:
    """What a check of ours takes, as a regular expression for the published schema, which nothing else looks at."""

    pattern: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the value with the pattern."""
        return {**handler(schema), "pattern": self.pattern}
