"""No part of a request takes a boolean, NaN or infinity for a number, or text that cannot be stored."""

import math
from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from imgdiff.objects.places import Box
from imgdiff.requests.sent import Sent


class _Request(Sent):
    count: Annotated[int, Field(ge=0)] = 0
    share: float | None = None
    by_name: dict[str, float] = {}
    polygons: list[list[float]] = []
    box: Box = (0, 0, 1, 1)
    text: str = ""
    words: tuple[str, ...] = ()
    switch: bool = False


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("count", True, ()),
        ("share", True, ()),
        ("share", math.nan, ()),
        ("by_name", {"a": math.inf}, ("a",)),
        ("by_name", {"a": False}, ("a",)),
        ("by_name", {"a\0": 1.0}, ("a\0", "[key]")),
        ("polygons", [[1.0, True]], (0, 1)),
        ("box", [0, 0, True, 1], (2,)),
        ("text", "a\0", ()),
        ("text", "\ud800", ()),
        ("words", ["a", "\0"], (1,)),
    ],
)
def test_a_value_is_refused_by_its_place(field: str, value: object, place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        _Request.model_validate({field: value})

    assert [error["loc"] for error in refused.value.errors()] == [(field, *place)]


def test_numbers_texts_and_booleans_are_taken() -> None:
    given = {"count": 2, "share": 0.5, "text": "déjà\nvu", "switch": True}

    assert _Request.model_validate(given).model_dump(exclude_unset=True) == given


def test_the_schema_has_the_limit_of_texts() -> None:
    assert _Request.model_json_schema()["properties"]["text"]["pattern"] == r"^[^\x00]*$"
