"""The Prefer header sets how long a client waits."""

import pytest

from gateway.http.preferences import MAX_WAIT, wait_seconds
from imgdiff.errors import InvalidRequest


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("wait=5", 5),
        ('wait="5"', 5),
        ("respond-async, wait = 7", 7),
        ("handling=lenient", 0),
        (f"wait={MAX_WAIT}", MAX_WAIT),
    ],
)
def test_the_wait_is_read_and_other_preferences_are_ignored(header: str | None, seconds: float) -> None:
    assert wait_seconds(header) == seconds


@pytest.mark.parametrize("header", ["wait=", "wait=-1", "wait=1.5", f"wait={MAX_WAIT + 1}"])
def test_a_wait_outside_the_limits_is_rejected(header: str) -> None:
    with pytest.raises(InvalidRequest, match="/header/Prefer"):
        wait_seconds(header)
