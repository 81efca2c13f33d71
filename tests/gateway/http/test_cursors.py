"""Cursors are opaque: what the gateway encoded it decodes, and nothing else."""

import pytest

from gateway.http import cursors
from imgdiff.errors import InvalidRequest


@pytest.mark.parametrize("name", ["a", "shop-2", "ümlaut", "with:colon"])
def test_a_position_survives_its_cursor(name: str) -> None:
    assert cursors.position(cursors.encode(name)) == name


def test_a_sequence_survives_its_cursor_and_starts_at_zero() -> None:
    assert cursors.sequence(cursors.encode(42)) == 42
    assert cursors.sequence(None) == 0
    assert cursors.position(None) is None


@pytest.mark.parametrize("cursor", ["", "x", "%%%", cursors.encode("name")])
def test_a_foreign_cursor_is_rejected(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="/query/cursor"):
        cursors.sequence(cursor)


def test_a_page_ends_where_the_next_one_starts() -> None:
    found = [(9, "a"), (7, "b"), (4, "c")]

    assert cursors.cut(found, 2) == (("a", "b"), cursors.encode(7))
    assert cursors.cut(found, 3) == (("a", "b", "c"), None)
    assert cursors.cut([], 3) == ((), None)
