"""A batch of pairs is compared by a gateway, several at once, and each failure stays in its row."""

import asyncio
import pickle
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from imgdiff.errors import InvalidRequest, Overloaded
from imgdiff.integrations.comparing import PairComparer
from tests.imgdiff.conftest import RECORD_ID, SmallGateway

IMAGE = b"\x89PNG a file"


def test_each_pair_gets_its_row_and_failures_stay_in_theirs(gateway: SmallGateway, tmp_path: Path) -> None:
    images1 = [IMAGE, b"not an image", None, str(tmp_path / "absent.png"), 7, IMAGE]
    rows = PairComparer(gateway.url).compare(images1, [IMAGE] * 6)

    assert [row["record"] for row in rows] == [RECORD_ID, None, None, None, None, RECORD_ID]
    assert [row["problem"] for row in rows] == [None, *["invalid-image"] * 4, None]
    assert "absent.png cannot be read" in (rows[3]["problem_detail"] or "")
    assert (rows[4]["problem_detail"] or "").startswith("/image1: no image, but of type int; what holds one: a path, ")


def test_a_cell_that_breaks_its_library_costs_one_row(gateway: SmallGateway) -> None:
    class Broken:
        def __array__(self) -> object:
            raise RuntimeError("no pixels")

    broken, whole = PairComparer(gateway.url).compare([Broken(), IMAGE], [IMAGE, IMAGE])

    assert (broken["problem"], broken["problem_detail"]) == ("internal", "RuntimeError: no pixels")
    assert whole["record"] == RECORD_ID


def test_no_more_pairs_wait_than_allowed(gateway: SmallGateway) -> None:
    PairComparer(gateway.url, concurrency=3).compare([IMAGE] * 12, [IMAGE] * 12)

    assert gateway.most_waiting == 3


def test_what_the_gateway_cannot_take_now_is_sent_again(gateway: SmallGateway) -> None:
    gateway.fails(Overloaded("at capacity"), retry_after="0")
    (row,) = PairComparer(gateway.url).compare([IMAGE], [IMAGE])

    assert row["record"] == RECORD_ID


def test_a_job_that_fails_and_a_gateway_that_is_gone_are_problems_of_the_row(
    gateway: SmallGateway, nobody: str
) -> None:
    gateway.ends_as, gateway.error = "failed", Overloaded("detection is at capacity")
    (full,) = PairComparer(gateway.url).compare([IMAGE], [IMAGE])
    (alone,) = PairComparer(nobody).compare([IMAGE], [IMAGE])

    assert (full["problem"], full["problem_detail"]) == ("temporary-reduced-capacity", "detection is at capacity")
    assert alone["problem"] == "service-unavailable"


def test_a_pair_that_takes_too_long_is_a_problem_of_its_row(gateway: SmallGateway) -> None:
    gateway.polls_until_end = 10**6
    (row,) = PairComparer(gateway.url, wait_seconds=0.2).compare([IMAGE], [IMAGE])

    assert row["problem"] == "deadline-exceeded"


def test_ctrl_c_ends_the_whole_batch(gateway: SmallGateway) -> None:
    released = threading.Event()

    class Interrupting:
        def __array__(self) -> object:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            released.wait()
            raise RuntimeError("no pixels")

    comparer = PairComparer(gateway.url, concurrency=1)
    with pytest.raises(KeyboardInterrupt):
        comparer.compare([Interrupting(), *[IMAGE] * 5], [IMAGE] * 6)
    released.set()
    comparer.compare([IMAGE] * 6, [IMAGE] * 6)

    assert sum(b"image1" in body for body in gateway.bodies) == 6


def test_a_copy_opens_connections_of_its_own(gateway: SmallGateway) -> None:
    comparer = PairComparer(gateway.url, dataset="street", policy="curate")
    comparer.compare([IMAGE], [IMAGE])
    copy = pickle.loads(pickle.dumps(comparer))  # noqa: S301  made a line above

    assert copy.compare([IMAGE], [IMAGE])[0]["record"] == RECORD_ID
    assert all(b"street" in body and b"curate" in body for body in gateway.bodies if b"image1" in body)


def test_it_works_where_a_loop_is_running(gateway: SmallGateway) -> None:
    async def notebook() -> str | None:
        return PairComparer(gateway.url).compare([IMAGE], [IMAGE])[0]["record"]

    assert asyncio.run(notebook()) == RECORD_ID


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: PairComparer(max_regions=0), InvalidRequest, "max_regions"),
        (lambda: PairComparer(concurrency=0), ValueError, "concurrency is 0"),
    ],
)
def test_arguments_that_cannot_work_are_refused_at_once(
    make: Callable[[], PairComparer], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()
