"""What things of a class may be called."""

import pytest

from services.english.kinds import may_be_called


@pytest.mark.parametrize(
    ("label", "noun", "so"),
    [
        ("car", "vehicle", True),
        ("dog", "Dalmatian", False),
        ("dalmatian", "dog", True),
        ("person", "woman", True),
        ("couch", "sofa", True),
        ("dog", "cat", False),
        ("person", "dog", False),
        ("cup", "unicorn", False),
    ],
)
def x(label: str, noun: str, so: bool) -> None:
    assert may_be_called(label, noun) is so
