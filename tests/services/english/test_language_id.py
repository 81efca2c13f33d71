"""English, foreign, or neither for sure."""

import pytest

from services.english.language_id import is_english, is_foreign


@pytest.mark.parametrize(
    ("text", "foreign", "english"),
    [
        ("A dog on a sofa.", False, True),
        ("Ein Hund auf dem Sofa.", True, False),
        ("犬", True, False),
        ("Quickly running.", False, False),
        ("...", True, False),
        ("A dog named Über on a sofa.", False, True),
    ],
)
def test_what_is_not_known_is_not_foreign_yet(text: str, foreign: bool, english: bool) -> None:
    assert (is_foreign(text), is_english(text)) == (foreign, english)
