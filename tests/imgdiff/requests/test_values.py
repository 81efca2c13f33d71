"""JSON from outside names the place of a number or a text that cannot be taken."""

import pytest

from imgdiff.errors import InvalidRequest
from imgdiff.requests.values import parse_json


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ('{"a": NaN}', "/body/a", "finite_number"),
        ('{"a": [1, -Infinity]}', "/body/a/1", "finite_number"),
        ('{"a": {"b": 1e999}}', "/body/a/b", "finite_number"),
        ('{"a": "x\\u0000"}', "/body/a", "nul"),
        ('{"x\\u0000": 1}', "/body", "nul"),
        ('{"a": "\\ud800"}', "/body", "json_invalid"),
        ("[" * 300, "/body", "json_invalid"),
        ("1" * 5000, "/body", "json_invalid"),
        ("", "/body", "json_invalid"),
    ],
)
def test_what_json_has_not_or_no_database_stores_is_refused_by_its_place(text: str, pointer: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_json(text, "/body")

    assert {(item.pointer, item.code) for item in refused.value.errors} == {(pointer, code)}


def test_any_other_json_is_read() -> None:
    assert parse_json('{"a": [1, 2.5, true, null, "\\ud83d\\ude00", -1e308]}') == {
        "a": [1, 2.5, True, None, "\N{GRINNING FACE}", -1e308]
    }
