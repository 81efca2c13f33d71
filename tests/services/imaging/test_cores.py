"""Parts of one piece of work run side by side and come back in order."""

import threading
from collections.abc import Iterator

import cv2
import pytest

from services.imaging.cores import cut_bands, map_on_cores


@pytest.fixture(params=[1, 2, 4])
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(request.param)
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("_threads")
def test_results_come_in_the_order_of_the_parts() -> None:
    assert map_on_cores(lambda part: part * part, range(50)) == [part * part for part in range(50)]
    assert map_on_cores(lambda part: part, []) == []


@pytest.mark.usefixtures("_threads")
def test_a_part_may_have_parts_of_its_own() -> None:
    def count(part: int) -> int:
        return sum(map_on_cores(lambda inner: part + inner, range(5)))

    assert map_on_cores(count, range(8)) == [5 * part + 10 for part in range(8)]


@pytest.mark.usefixtures("_threads")
def test_an_error_of_a_part_reaches_the_caller() -> None:
    def fail(part: int) -> int:
        if part == 3:
            raise ValueError(part)
        return part

    with pytest.raises(ValueError, match="3"):
        map_on_cores(fail, range(6))


def test_two_parts_run_at_the_same_time_on_two_threads() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    both = threading.Barrier(2, timeout=60)
    try:
        assert map_on_cores(lambda part: both.wait() >= 0 and part, (True, True)) == [True, True]
    finally:
        cv2.setNumThreads(before)


def test_bands_cover_all_rows_once_and_none_is_empty() -> None:
    for height in (1, 5, 8, 1299):
        rows = [row for band in cut_bands(height, 8) for row in range(height)[band]]
        assert rows == list(range(height))
        assert all(band.start < band.stop for band in cut_bands(height, 8))
