"""When a server is asked again."""

import threading
import time

import pytest

from services.llm.retries import Deadline, Unanswered, ask_with_retries


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
        raise Unanswered("busy", pause=120)

    started = time.monotonic()
    with pytest.raises(Unanswered, match="busy") as caught:
        ask_with_retries(Deadline(60, threading.Event()), ask)

    assert caught.value.retry_after == 120
    assert time.monotonic() - started < 60


def test_a_question_is_not_begun_once_another_has_waited_in_vain() -> None:
    given_up = threading.Event()
    given_up.set()
    with pytest.raises(Unanswered, match="in time"):
        ask_with_retries(Deadline(5, given_up), pytest.fail)
