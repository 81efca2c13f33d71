"""Pauses grow, a receiver's wish is heard within limits, and nothing goes on for ever."""

from datetime import UTC, datetime, timedelta

from gateway.webhooks.schedule import PAUSES, is_hopeless, pause_before, rest_after


def test_pauses_grow_to_three_days_in_all_and_end() -> None:
    pauses = [pause_before(number, None) for number in range(1, len(PAUSES) + 1)]

    assert all(least <= pause <= least * 1.2 for least, pause in zip(PAUSES, pauses, strict=True) if pause is not None)
    assert None not in pauses
    assert timedelta(days=3) < sum(PAUSES, timedelta()) < timedelta(days=4)
    assert pause_before(len(PAUSES) + 1, None) is None


def test_a_receiver_may_wish_for_a_longer_pause_of_an_hour_at_most() -> None:
    assert pause_before(1, 60.0) == timedelta(seconds=60)
    assert pause_before(1, 1e9) == timedelta(hours=1)
    assert (pause_before(2, 1.0) or timedelta()) >= PAUSES[1]


def test_a_receiver_that_fails_rests_for_a_minute_at_most() -> None:
    assert [rest_after(number).total_seconds() for number in (1, 2, 3, 99)] == [1, 2, 4, 60]


def test_a_receiver_is_given_up_after_days_of_failures_alone() -> None:
    now = datetime.now(UTC)

    assert [is_hopeless(since, now) for since in (None, now - timedelta(days=4), now - timedelta(days=6))] == [
        False,
        False,
        True,
    ]
