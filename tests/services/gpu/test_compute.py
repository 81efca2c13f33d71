"""Batches keep their order and their shape, and survive a device that is too small."""

from collections.abc import Callable

import pytest
import torch

from imgdiff.errors import ServiceUnavailable
from services.gpu.compute import Batches, compute_on


def _holding(most: int, seen: list[int]) -> Callable[[list[int], int], list[int]]:
    """A network that runs out of memory above `most` rows."""

    def network(rows: list[int], real: int) -> list[int]:
        seen.append(len(rows))
        if len(rows) > most:
            raise torch.OutOfMemoryError("too many rows")
        return [10 * row for row in rows[:real]]

    return network


def test_every_batch_has_the_same_shape_and_the_order_is_kept() -> None:
    seen: list[int] = []
    parts = Batches(4, pytest.fail).run(list(range(10)), _holding(4, seen))

    assert parts == [[0, 10, 20, 30], [40, 50, 60, 70], [80, 90]]
    assert seen == [4, 4, 4]


def test_out_of_memory_halves_the_batch_and_is_counted_and_no_row_is_lost() -> None:
    seen, halved = [], []
    batches = Batches(8, lambda: halved.append(1))
    parts = batches.run(list(range(10)), _holding(2, seen))

    assert [row for part in parts for row in part] == [10 * row for row in range(10)]
    assert seen == [8, 4, 2, 2, 2, 2, 2]
    assert len(halved) == 2
    assert batches.size == 2


def test_a_single_row_that_does_not_fit_is_reported() -> None:
    with pytest.raises(ServiceUnavailable, match="memory"):
        Batches(2, lambda: None).run([1], _holding(0, []))


def test_no_rows_ask_nothing() -> None:
    assert Batches(4, pytest.fail).run([], pytest.fail) == []


def test_a_device_that_is_not_here_is_refused() -> None:
    with pytest.raises(ValueError, match="CUDA devices"):
        compute_on("cuda:99", 1)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown device"):
        compute_on("abacus", 1)


class _TooLarge(torch.nn.Linear):
    """A network for which no device has room."""

    def to(self, *device: object) -> "_TooLarge":
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_network_that_does_not_fit_says_what_lowers_it() -> None:
    with pytest.raises(
        ValueError, match=r"^SETTING: _TooLarge \(0\.0 GB of weights\) does not fit into .* cpu; choose"
    ) as said:
        compute_on("cpu", 1).place(_TooLarge(2, 2), "SETTING")

    assert "DTYPE" in str(said.value)
    assert "need the sum" in str(said.value)


def test_a_network_that_fits_is_moved() -> None:
    assert compute_on("cpu", 1).place(torch.nn.Linear(2, 2)).weight.device.type == "cpu"


@pytest.mark.parametrize(
    ("bfloat16", "expected"), [(None, torch.float32), (False, torch.float32), (True, torch.bfloat16)]
)
def test_a_processor_multiplies_in_what_is_chosen_and_else_in_full_precision(
    bfloat16: bool | None, expected: torch.dtype
) -> None:
    with compute_on("cpu", 1).running(bfloat16=bfloat16):
        assert torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype == expected


def test_a_setting_chooses_the_arithmetic_on_any_processor() -> None:
    assert compute_on("cpu", 1).uses_bfloat16("bfloat16")
    assert not compute_on("cpu", 1).uses_bfloat16("float32")
