"""What moved is linked, what only looks alike or never left is not."""

from collections.abc import Callable

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Box
from imgdiff.stages import DetectedRegion, Detection
from services.detection.decisions.movement import link_moved
from services.imaging.arrays import Floats

Detect = Callable[..., Detection]
HERE, THERE, ELSEWHERE = (0, 0, 40, 60), (100, 0, 142, 58), (0, 100, 40, 160)
CUP, DOG, LAWN, FLOOR = np.eye(8, dtype=np.float32)[:4]


def _like(one: Floats, cosine: float) -> Floats:
    """A unit vector at that cosine to another."""
    return np.asarray(cosine * one + np.sqrt(1 - cosine**2) * np.eye(8, dtype=np.float32)[7], np.float32)


def _links(
    *seen: tuple[Box, Floats, Floats], kept: bool = True, leans: tuple[float, ...] = (1, -1, -1)
) -> list[tuple[Box | None, Box | None]]:
    regions = [DetectedRegion(box=box, difference=0.5, kept=kept) for box, _, _ in seen]
    vectors = {index: (one, two) for index, (_, one, two) in enumerate(seen)}
    return [(one.moved_to, one.moved_from) for one in link_moved(regions, vectors, leans.__getitem__)]


def test_both_places_of_a_thing_that_moved_name_each_other() -> None:
    assert _links((HERE, CUP, LAWN), (THERE, FLOOR, _like(CUP, 0.9))) == [(THERE, None), (None, HERE)]


def test_two_patches_of_one_ground_are_not_a_thing_that_moved() -> None:
    patches = (HERE, LAWN, CUP), (THERE, DOG, LAWN)
    assert _links(*patches, leans=(-1, 1)) == [(None, None)] * 2
    assert _links(*patches, leans=(0, 0)) == [(None, None)] * 2


def test_things_that_are_not_alike_are_not_linked() -> None:
    assert _links((HERE, CUP, LAWN), (THERE, FLOOR, _like(CUP, 0.5))) == [(None, None)] * 2


def test_a_thing_that_is_still_where_it_was_has_not_moved() -> None:
    assert _links((HERE, CUP, _like(CUP, 0.88)), (THERE, FLOOR, _like(CUP, 0.9))) == [(None, None)] * 2


def test_a_thing_of_another_size_or_form_is_another_thing() -> None:
    larger, wider = (100, 0, 200, 150), (100, 0, 160, 40)
    for box in (larger, wider):
        assert _links((HERE, CUP, LAWN), (box, FLOOR, CUP)) == [(None, None)] * 2


def test_a_place_is_left_once_and_the_best_match_wins() -> None:
    seen = (HERE, CUP, LAWN), (THERE, FLOOR, _like(CUP, 0.8)), (ELSEWHERE, FLOOR, _like(CUP, 0.95))
    assert _links(*seen) == [(ELSEWHERE, None), (None, None), (None, HERE)]
    twins = (HERE, CUP, LAWN), (THERE, FLOOR, CUP), (ELSEWHERE, FLOOR, CUP)
    assert sum(to is not None for to, _ in _links(*twins)) == sum(origin is not None for _, origin in _links(*twins))


def test_dropped_regions_and_those_without_vectors_are_left_alone() -> None:
    assert _links((HERE, CUP, LAWN), (THERE, FLOOR, CUP), kept=False) == [(None, None)] * 2
    alone = [DetectedRegion(box=HERE, difference=0.5, kept=True)]
    assert link_moved(alone, {}, float) == alone
    assert link_moved([], {}, float) == []


def test_a_picture_that_is_found_elsewhere_in_the_photo_is_linked(detect: Detect, pasted: RGB, photo: RGB) -> None:
    elsewhere = photo.copy()
    elsewhere[20:116, 400:496] = pasted[300:396, 40:136]
    found = [region for region in detect(pasted, elsewhere).regions if region.kept]
    left, came = sorted(found, key=lambda region: region.box)
    assert (left.moved_to, left.moved_from) == (came.box, None)
    assert (came.moved_to, came.moved_from) == (None, left.box)


def test_two_unrelated_changes_are_not_linked(detect: Detect, pasted: RGB, photo: RGB) -> None:
    other = photo.copy()
    other[20:116, 400:496] = photo[60:156, 180:276]
    found = [region for region in detect(pasted, other).regions if region.kept]
    assert len(found) == 2
    assert {(region.moved_to, region.moved_from) for region in found} == {(None, None)}
