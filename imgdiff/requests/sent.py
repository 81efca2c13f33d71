"""The base of what clients and the gateway send: numbers are numbers, and texts can be stored."""

from typing import Any

from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from imgdiff.frozen import Frozen
from imgdiff.requests.values import NO_NUL, check_text

_NUMBERS = ("int", "float")


def _guard(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(_guard(one) for one in part)
    if not isinstance(part, dict) or _is_guarded(part):
        return part
    inner = {name: one if name in ("metadata", "serialization") else _guard(one) for name, one in part.items()}
    if part.get("type") in _NUMBERS:
        return core_schema.no_info_before_validator_function(_refuse_boolean, inner)
    if part.get("type") == "bool":
        return {**inner, "strict": True}
    if part.get("type") == "str":
        updates = {} if "pattern" in part else {"pattern": NO_NUL}
        return core_schema.no_info_after_validator_function(
            check_text, inner, metadata={"pydantic_js_updates": updates}
        )
    return inner


def _is_guarded(part: dict[str, Any]) -> bool:
    function = part.get("function")
    return isinstance(function, dict) and function.get("function") in (_refuse_boolean, check_text)


def _refuse_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number_type", "must be a number, not true or false")
    return value


class Sent(Frozen):
    """A part of a request.

    It takes no NaN, infinity or boolean for a number, no number or text for a boolean, and no NUL or half a surrogate
    pair.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema with a check of each number and text. A model inside of it has to be `Sent` as well."""
        schema: CoreSchema = _guard(handler(source))
        return schema
