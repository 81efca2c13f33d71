"""When a server is asked again."""

import threading
import time

import pytest

from services.llm.retries import Deadline, Unanswered, ask_with_retries, parse_retry_after


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        (None, None, None),
        ("soon", None, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Wed, 21 Oct 2115 07:28:00 GMT", 1e9, 1e10),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, least: float | None, most: float | None) -> None:
    found = parse_retry_after(header)

    assert found is None if least is None else least <= found <= most


def test_a_question_is_asked_until_it_is_answered() -> None:
    answers = iter([Unanswered("busy"), Unanswered("busy", pause=0.0), "yes"])

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, Unanswered):
            raise answer
        return answer

    assert ask_with_retries(Deadline(5, threading.Event()), ask, first_pause=0.001) == "yes"


def test_a_pause_beyond_the_deadline_ends_the_question_at_once() -> None:
    def ask() -> str:
        raise Unanswered("busy", pause=60)

    started = time.monotonic()
    with pytest.raises(Unanswered, match="busy") as caught:
        ask_with_retries(Deadline(5, threading.Event()), ask)

    assert caught.value.retry_after == 60
    assert time.monotonic() - started < 1


def test_a_question_is_not_begun_once_another_has_waited_in_vain() -> None:
    given_up = threading.Event()
    given_up.set()
    with pytest.raises(Unanswered, match="in time"):
        ask_with_retries(Deadline(5, given_up), pytest.fail)
