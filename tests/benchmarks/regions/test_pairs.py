"""Region pairs have one edit or none, in a known box, under a nuisance."""

import numpy as np
import pytest
from skimage import data

from benchmarks.regions.pairs import RegionPair, make_pairs
from imgdiff.images import RGB

PHOTOS: list[tuple[str, RGB]] = [(name, np.asarray(getattr(data, name)(), np.uint8)) for name in ("chelsea", "coffee")]


@pytest.fixture(scope="module")
def pairs() -> list[RegionPair]:
    return list(make_pairs(PHOTOS, ["none", "shift 1 px"], seed=1))


def test_every_photo_and_nuisance_gives_an_unchanged_pair_and_an_edited_one(pairs: list[RegionPair]) -> None:
    assert len(pairs) == 2 * 2 * 2
    assert sum(pair.box is None for pair in pairs) == 4


def test_without_a_nuisance_only_the_box_differs(pairs: list[RegionPair]) -> None:
    for pair in (pair for pair in pairs if pair.nuisance == "none"):
        difference = np.abs(pair.image1.astype(int) - pair.image2).max(axis=2)
        if pair.box is not None:
            x1, y1, x2, y2 = pair.box
            assert difference[y1:y2, x1:x2].any()
            difference[y1:y2, x1:x2] = 0
        assert not difference.any()


def test_images_have_the_requested_size(pairs: list[RegionPair]) -> None:
    (large, *_) = make_pairs(PHOTOS, ["none"], seed=1, size=(800, 600))

    assert {pair.image2.shape for pair in pairs} == {(480, 640, 3)}
    assert large.image1.shape == (600, 800, 3)


def test_a_seed_makes_the_same_pairs(pairs: list[RegionPair]) -> None:
    again = list(make_pairs(PHOTOS, ["none", "shift 1 px"], seed=1))

    assert all(np.array_equal(one.image2, two.image2) for one, two in zip(pairs, again, strict=True))
