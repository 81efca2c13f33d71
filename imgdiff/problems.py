"""The error document of every route: RFC 9457 problem details with JSON pointers."""

from collections.abc import Iterable, Sequence

from pydantic import Field
from pydantic_core import ErrorDetails

from imgdiff.frozen import Frozen

PROBLEM_MEDIA_TYPE = "application/problem+json"
_PREFIX = "urn:imgdiff:problem:"


def problem_type(slug: str) -> str:
    """The stable URI of a problem type."""
    return _PREFIX + slug


def problem_slug(type_uri: str) -> str:
    """The slug of a problem type URI; any other URI is returned unchanged."""
    return type_uri.removeprefix(_PREFIX)


class ProblemItem(Frozen):
    """One error in the request, and where it is."""

    pointer: str = Field(description="JSON pointer (RFC 6901) into the request: `/image1`, `/options/max_regions`.")
    detail: str = Field(description="What is wrong there, with the limit if there is one.")
    code: str = Field(description="Machine-readable reason, stable across versions.")


class Problem(Frozen):
    """An error as an RFC 9457 problem document."""

    type: str = Field(description="Stable URI of the kind of problem: `urn:imgdiff:problem:<slug>`.")
    title: str = Field(description="Short summary of the kind of problem; the same for every occurrence.")
    status: int = Field(description="HTTP status code of this response.")
    detail: str = Field(description="What went wrong in this case.")
    instance: str | None = Field(default=None, description="Path of the request or job that failed.")
    errors: tuple[ProblemItem, ...] = Field(default=(), description="Each offending field with its JSON pointer.")


def json_pointer(parts: Iterable[str | int]) -> str:
    """The RFC 6901 pointer of these parts, with `~` and `/` escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def problem_items(details: Sequence[ErrorDetails], prefix: str = "") -> tuple[ProblemItem, ...]:
    """pydantic's errors as problem items; `prefix` is the pointer of the validated value.

    A value that fits no member of a union of models gives one item, not one for every member and field.
    """
    items: dict[tuple[str, str], ProblemItem] = {}
    unions: dict[str, list[ErrorDetails]] = {}
    for detail in details:
        parts = tuple(detail["loc"])
        member = next((at for at, part in enumerate(parts) if _names_a_model(part)), None)
        if member is None:
            pointer = prefix + json_pointer(parts)
            items.setdefault((pointer, detail["type"]), _item(pointer, detail))
        else:
            unions.setdefault(prefix + json_pointer(parts[:member]), []).append({**detail, "loc": parts[member + 1 :]})
    return (*items.values(), *(item for pointer, found in unions.items() for item in _of_union(pointer, found)))


def _names_a_model(part: str | int) -> bool:
    """Whether a part of a location is the class name of a union member, as in ("image1", "AssetRef", "asset")."""
    return isinstance(part, str) and part.endswith("Ref") and part[:1].isupper()


def _item(pointer: str, detail: ErrorDetails) -> ProblemItem:
    return ProblemItem(pointer=pointer, detail=detail["msg"].removeprefix("Value error, "), code=detail["type"])


def _of_union(pointer: str, found: list[ErrorDetails]) -> list[ProblemItem]:
    about_values = [detail for detail in found if detail["type"] not in {"missing", "extra_forbidden", "model_type"}]
    if about_values:
        return [_item(pointer + json_pointer(detail["loc"]), detail) for detail in about_values]
    known = ", ".join(dict.fromkeys(str(detail["loc"][0]) for detail in found if detail["type"] == "missing"))
    detail = f"must be an object with exactly one of: {known}" if known else "must be an object of one known shape"
    return [ProblemItem(pointer=pointer, detail=detail, code="union")]
