"""Whether a pair repeats another one of its scene."""

import numpy as np
import pytest

from gateway.store.scenes.changes import PairChanges, describe_changes, take_looks
from imgdiff.images import RGB, ImagePair
from imgdiff.records import Box, Change, Edit, Operation, Record, RecordImage
from imgdiff.stages import CaptionedRegion, DetectedRegion
from tests.gateway.store.scenes.pictures import copy_as_jpeg, cover, draw_photo

_PHOTO = draw_photo(1)
_PLACE: Box = (100, 80, 140, 110)
_RED = cover(_PHOTO, _PLACE)
_STRIPED = np.where(np.arange(320)[None, :, None] % 8 < 4, _RED, _PHOTO)


def _describe(record: Record, image1: RGB, image2: RGB, change: Change, *boxes: Box, first: int = 1) -> PairChanges:
    """An uploaded pair with a region at each box; other pairs have other assets."""
    images = [
        RecordImage(asset=f"sha256:{first + side:064x}", width=image.shape[1], height=image.shape[0])
        for side, image in enumerate((image1, image2))
    ]
    found = [DetectedRegion(box=box, box2=box, difference=0.5, kept=True) for box in boxes]
    looks = take_looks(found, [True] * len(found), lambda: ImagePair(image1, image2, None))
    captioned = [CaptionedRegion(change=change, kept=True) for _ in found]
    own = record.model_copy(update={"image1": images[0], "image2": images[1]})
    return describe_changes(own, found, captioned, looks)


@pytest.fixture
def pair(record: Record) -> PairChanges:
    """Something red is added to the photo."""
    return _describe(record, _PHOTO, _RED, Change.ADDED, _PLACE)


def test_a_copy_of_a_pair_repeats_it(record: Record, pair: PairChanges) -> None:
    again = _describe(record, copy_as_jpeg(_PHOTO, 60), copy_as_jpeg(_RED, 60), Change.ADDED, _PLACE, first=5)

    assert again.repeats(pair) == 1


def test_a_box_that_is_a_little_off_lowers_how_far_a_pair_is_repeated(record: Record) -> None:
    image2 = cover(_PHOTO, (60, 60, 180, 160))
    pair = _describe(record, _PHOTO, image2, Change.ADDED, (70, 70, 170, 150))
    again = _describe(record, _PHOTO, image2, Change.ADDED, (71, 70, 171, 150), first=5)

    assert 0.9 < again.repeats(pair) < 1


def test_a_pair_with_swapped_sides_repeats_it(record: Record, pair: PairChanges) -> None:
    swapped = _describe(record, copy_as_jpeg(_RED, 60), copy_as_jpeg(_PHOTO, 60), Change.REMOVED, _PLACE, first=5)

    assert swapped.repeats(pair) == 1


def test_the_same_two_images_repeat_a_pair_whatever_was_found(record: Record, pair: PairChanges) -> None:
    assert _describe(record, _PHOTO, _RED, Change.CHANGED).repeats(pair) == 1


@pytest.mark.parametrize(
    ("image2", "change", "boxes"),
    [
        (_STRIPED, Change.ADDED, [_PLACE]),  # something else at the same place
        (cover(_PHOTO, (200, 80, 240, 110)), Change.ADDED, [(200, 80, 240, 110)]),  # the same elsewhere
        (_RED, Change.REPLACED, [_PLACE]),  # another kind of change
        (cover(_RED, (200, 80, 240, 110)), Change.ADDED, [_PLACE, (200, 80, 240, 110)]),  # and something more
        (_RED, Change.ADDED, []),  # nothing was found
    ],
)
def test_another_change_of_the_scene_does_not_repeat_it(
    record: Record, pair: PairChanges, image2: RGB, change: Change, boxes: list[Box]
) -> None:
    assert _describe(record, _PHOTO, image2, change, *boxes, first=5).repeats(pair) == 0


def test_an_edit_is_repeated_by_the_same_edit_whatever_its_pixels(record: Record) -> None:
    def edited(number: int, **parts: object) -> PairChanges:
        edit = Edit.model_validate({"operation": Operation.REMOVE, "box": _PLACE, "before": "cup", "seed": 1, **parts})
        image2 = record.image2.model_copy(update={"asset": f"sha256:{number:064x}"})
        own = record.model_copy(update={"image2": image2, "source": record.source.model_copy(update={"edit": edit})})
        return describe_changes(own, (), (), ())

    first = edited(1)

    assert edited(2, box=(98, 80, 142, 111)).repeats(first) > 0.8
    assert edited(3, before="bowl").repeats(first) == 0
    assert edited(4, operation=Operation.REPLACE, after="bowl").repeats(first) == 0
    assert edited(5, box=(300, 80, 340, 110)).repeats(first) == 0
