"""What an export is pinned to comes back from its address, and nothing else is taken for it."""

import pytest

from gateway.exports.pinning import read_pin, write_pin
from gateway.http import cursors
from imgdiff.datasets import Rejections
from imgdiff.errors import InvalidRequest

COUNTS = Rejections(pairs={"edit.not_found": 3}, attempts={"edit.elsewhere": 2})


@pytest.mark.parametrize("counts", [None, COUNTS])
def test_it_comes_back(counts: Rejections | None) -> None:
    assert read_pin(write_pin(41, 7, counts)) == (41, 7, counts)


def test_addresses_of_earlier_releases_have_the_sequence_alone() -> None:
    assert read_pin(cursors.encode(41)) == (41, 0, None)


@pytest.mark.parametrize(
    "text", ["?", cursors.encode("41 {}"), cursors.encode("41 no"), cursors.encode("41-x"), cursors.encode("x")]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_pin(text)
