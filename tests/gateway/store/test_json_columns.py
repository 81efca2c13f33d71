"""Columns of JSON hold strict JSON, and those of earlier versions are readable."""

import pytest

from gateway.store.database import read_document, write_document


def test_a_number_that_is_not_finite_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_document({"a": float("nan")})


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": [NaN, -Infinity, 1]}', {"a": [None, None, 1]}),
        ('{"a\\u0000": "b\\ud800"}', {"a\ufffd": "b\ufffd"}),
        ('"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'{"a": 1.5}', {"a": 1.5}),
    ],
)
def test_what_earlier_versions_stored_is_mended(text: str, document: object) -> None:
    assert read_document(text) == document
