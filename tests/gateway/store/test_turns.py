"""Threads write to SQLite in the order in which they came, and none waits longer than it may."""

import threading
import time

import pytest

from gateway.store import datasets
from gateway.store.database import Database, DatabaseUnavailable, Turns
from gateway.store.outages import outage


def test_turns_are_given_in_the_order_in_which_threads_ask() -> None:
    turns, had = Turns(), []
    assert turns.take(1)

    def wait(number: int) -> None:
        assert turns.take(60)
        had.append(number)
        turns.pass_on()

    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        time.sleep(0.05)  # until it waits
    turns.pass_on()
    for thread in threads:
        thread.join()

    assert had == list(range(8))


def test_a_turn_that_does_not_come_in_time_is_lost_to_nobody() -> None:
    turns = Turns()
    assert turns.take(1)

    assert not turns.take(0.05)

    turns.pass_on()
    assert turns.take(1)


def test_a_writer_that_waits_too_long_is_told_that_the_database_is_locked(new_sqlite: str) -> None:
    database, writing, ended = Database(new_sqlite, patience=0.1), threading.Event(), threading.Event()

    def write() -> None:
        with database.writing() as session:
            datasets.ensure(session, "long")
            writing.set()
            ended.wait()

    first = threading.Thread(target=write)
    first.start()
    writing.wait()
    try:
        with pytest.raises(DatabaseUnavailable) as refused, database.writing() as session:
            datasets.ensure(session, "late")
    finally:
        ended.set()
        first.join()
        database.close()

    assert outage(refused.value) is not None
