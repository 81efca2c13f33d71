"""Keyword arguments are validated before anything is sent."""

from typing import Any, get_type_hints

import pytest

from imgdiff.client.options import OptionFields, SynthesisArguments, parse_options, parse_synthesis
from imgdiff.errors import InvalidRequest
from imgdiff.options import Options, SynthesisFields


def test_the_keyword_arguments_are_the_options_of_the_contract() -> None:
    options = set(get_type_hints(OptionFields))

    assert options == set(Options.model_fields)
    assert set(get_type_hints(SynthesisArguments)) - options == set(SynthesisFields.model_fields) - {"operation"}


def test_an_invalid_option_is_reported_under_options() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_options({"max_regions": 0})

    assert caught.value.errors[0].pointer == "/options/max_regions"


def test_a_synthesis_is_split_into_edit_and_options() -> None:
    fields, options = parse_synthesis("remove", {"target": "dog", "count": 2, "dataset": "mine"})

    assert (fields.target, fields.count, options.dataset) == ("dog", 2, "mine")


@pytest.mark.parametrize(
    ("operation", "arguments", "pointer"),
    [("explode", {}, "/operation"), ("remove", {"count": 0}, "/count"), ("remove", {"align": "x"}, "/options/align")],
)
def test_an_invalid_synthesis_is_reported_at_its_field(operation: str, arguments: Any, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_synthesis(operation, arguments)

    assert caught.value.errors[0].pointer == pointer
