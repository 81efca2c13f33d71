"""When an event is sent again, and when a receiver is left alone."""

import random
from datetime import datetime, timedelta

# Standard Webhooks' own recommendation: about three days in all.
_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in _SECONDS)
_SPREAD = 0.2  # of a pause, at random, so that a receiver that is back does not get all at once; chosen, not measured
_LONGEST_WISH = timedelta(hours=1)  # of a receiver's Retry-After; chosen, not measured
_FIRST_REST, _LONGEST_REST = timedelta(seconds=1), timedelta(seconds=60)  # doubling; chosen, not measured
_PATIENCE = timedelta(days=5)  # of failures alone, after which nothing more is sent; chosen, not measured


def pause_before(attempt: int, wish: float | None) -> timedelta | None:
    """How long to wait before an attempt with this number, from 1 on; None after the last one.

    `wish` is the receiver's Retry-After in seconds.
    """
    if attempt > len(PAUSES):
        return None
    pause = PAUSES[attempt - 1] * random.uniform(1.0, 1.0 + _SPREAD)  # noqa: S311  not a secret
    if wish is not None:
        pause = max(pause, min(timedelta(seconds=wish), _LONGEST_WISH))
    return pause


def rest_after(failures: int) -> timedelta:
    """How long a receiver gets nothing at all after so many failures in a row."""
    return min(_FIRST_REST * 2.0 ** min(failures - 1, 10), _LONGEST_REST)


def is_hopeless(failing_since: datetime | None, now: datetime) -> bool:
    """Whether a receiver has failed for so long that it is not there any more."""
    return failing_since is not None and now - failing_since > _PATIENCE
