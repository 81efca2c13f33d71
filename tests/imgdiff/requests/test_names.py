"""Names are readable text that every database stores."""

import pytest
from pydantic import TypeAdapter, ValidationError

from imgdiff.requests.names import Name, Origin


@pytest.mark.parametrize("text", ["", " \t", "cu\0p", "x" * 201])
def test_a_name_that_is_blank_too_long_or_has_a_nul_character_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(text)


def test_any_other_name_stays_as_it_is() -> None:
    assert TypeAdapter(Name).validate_python(" déjà vu ") == " déjà vu "
    assert TypeAdapter(Origin).validate_python("x" * 500) == "x" * 500
