"""Masks come back from their run lengths as they went in, and broken ones are refused."""

import numpy as np
import pytest

from imgdiff.records import Mask
from services.imaging.masks import (
    bounds,
    decode_mask,
    encode_in_box,
    encode_mask,
    fill_superellipse,
    grow_mask,
    split_parts,
)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (40, 33), (480, 640)])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999, 1.0])
def test_a_mask_survives_its_run_lengths(shape: tuple[int, int], share: float) -> None:
    mask = np.random.default_rng(3).random(shape) < share

    packed = encode_mask(mask)

    assert packed.size == shape
    assert np.array_equal(decode_mask(packed), mask)


def test_the_run_lengths_are_cocos() -> None:
    assert encode_mask(np.eye(5, dtype=np.bool_)) == Mask(size=(5, 5), counts="0150000000")


@pytest.mark.parametrize("counts", ["", "0", "P", "o0o0", "PPPP", "\xff", "01500000000", "0150000000\n", "015000000é"])
def test_broken_run_lengths_are_refused(counts: str) -> None:
    with pytest.raises(ValueError, match="run lengths"):
        decode_mask(Mask(size=(5, 5), counts=counts))


@pytest.mark.parametrize("size", [(0, 5), (-5, -5), (10**9, 10**9)])
def test_sizes_that_the_run_lengths_do_not_fill_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not cover"):
        decode_mask(Mask(size=size, counts="0150000000"))


def test_a_mask_of_a_box_is_stretched_to_it_in_the_whole_image() -> None:
    whole = decode_mask(encode_in_box(np.array([[True, False]]), (10, 20, 30, 50), 120, 96))

    assert whole.shape == (96, 120)
    assert bounds(whole) == (10, 20, 20, 50)
    assert whole.sum() == 10 * 30


def test_a_grown_mask_has_round_corners() -> None:
    mask = np.zeros((96, 120), bool)
    mask[30:60, 44:70] = True

    grown = grow_mask(mask, 3)

    assert bounds(grown) == (41, 27, 73, 63)
    assert not grown[27, 41]


def test_a_superellipse_leaves_the_corners_of_its_box() -> None:
    mask = fill_superellipse((44, 30, 70, 60), (96, 120))
    assert mask[45, 57]
    assert not mask[30, 44]


def test_parts_that_are_apart_get_a_box_each_and_specks_none() -> None:
    mask = np.zeros((100, 200), bool)
    mask[10:20, 10:20] = mask[50:80, 100:150] = mask[90, 190] = True
    assert split_parts(mask) == ((100, 50, 150, 80), (10, 10, 20, 20))
