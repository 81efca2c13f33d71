"""A fingerprint is shared by copies of a picture, and by nothing else."""

from itertools import combinations

import numpy as np
import pytest

from gateway.store.scenes.fingerprints import ALIKE, band_keys, count_differing, near_keys, take_fingerprint
from imgdiff.images import RGB
from tests.gateway.store.scenes.pictures import copy_as_jpeg, cover, crop, draw_photo

_PHOTO = draw_photo(1)


@pytest.mark.parametrize(
    "copy",
    [
        copy_as_jpeg(_PHOTO),
        copy_as_jpeg(_PHOTO, 60, 0.5),
        np.rint(_PHOTO * 0.8).astype(np.uint8),
        crop(_PHOTO, 0.01),
        cover(_PHOTO, (100, 80, 140, 110)),
    ],
)
def test_a_copy_shows_the_same_scene(copy: RGB) -> None:
    assert count_differing(take_fingerprint(_PHOTO), take_fingerprint(copy)) <= ALIKE


def test_different_pictures_show_different_scenes() -> None:
    fingerprints = [take_fingerprint(draw_photo(seed)) for seed in range(12)]

    assert min(count_differing(one, other) for one, other in combinations(fingerprints, 2)) > 2 * ALIKE


@pytest.mark.parametrize("hot", [0, 5])
def test_a_deep_image_of_a_narrow_range_has_the_fingerprint_of_its_full_range(hot: int) -> None:
    grey = _PHOTO[..., 0].astype(np.uint16)
    narrow = grey * 2 + 900
    narrow[7, :hot] = 65535

    assert count_differing(take_fingerprint(grey * 257), take_fingerprint(narrow)) <= 4


def test_an_image_of_one_colour_has_a_fingerprint() -> None:
    assert len(take_fingerprint(np.full((1, 1), 7, np.uint16))) == 64


def test_each_bit_is_in_one_band() -> None:
    keys = [set(band_keys(f"{1 << bit:064x}")) for bit in range(256)]
    none = set(band_keys("0" * 64))

    assert all(len(none - of_bit) == 1 for of_bit in keys)
    assert len(set().union(*keys) - none) == 256


def test_fingerprints_that_differ_in_31_bits_share_a_key() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        stored = int.from_bytes(rng.bytes(32))
        flipped = sum(1 << int(bit) for bit in rng.choice(256, 31, replace=False))

        assert set(near_keys(f"{stored ^ flipped:064x}")) & set(band_keys(f"{stored:064x}"))
