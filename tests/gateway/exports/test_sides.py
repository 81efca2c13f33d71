"""Each image of a record shows regions in its own pixels, whatever the record's version and alignment."""

import numpy as np
import pytest

from imgdiff.objects.pixels import decode_mask, encode_mask
from imgdiff.records import Mask, Record, Region
from imgdiff.views.sides import views_of
from imgdiff.whole_pair import Alignment, Lens, Matrix

SHIFT: Matrix = ((1, 0, 2), (0, 1, -1), (0, 0, 1))  # two pixels to the right, one up
IDENTITY: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def _draw(x1: int, y1: int, x2: int, y2: int) -> Mask:
    pixels = np.zeros((480, 640), np.bool_)
    pixels[y1:y2, x1:x2] = True
    return encode_mask(pixels)


def _place(record: Record, region: Region, matrix: Matrix = SHIFT, lens: Lens | None = None) -> Record:
    alignment = Alignment(applied=True, model="homography", matrix=matrix, lens=lens, score=1.0)
    return record.model_copy(update={"regions": (region,), "alignment": alignment})


@pytest.fixture
def region(record: Record) -> Region:
    return record.regions[0].model_copy(update={"mask": _draw(412, 120, 508, 230)})


def test_kept_and_rejected_regions_are_apart(record: Record) -> None:
    before, after = views_of(record)

    assert [place.index for place in before.kept] == [place.index for place in after.kept] == [0, 1, 2, 3]
    assert [place.index for place in before.rejected] == [place.index for place in after.rejected] == [4]
    assert [place.box for place in after.kept] == [region.box2 for region in record.regions[:4]]
    assert [place.name for place in before.kept] == ["replaced dog", "removed cup", "moved ball", "moved"]
    assert [place.name for place in after.kept] == ["replaced cat", "removed", "moved", "moved ball"]


def test_a_region_is_missing_where_it_has_no_box(record: Record, region: Region) -> None:
    before, after = views_of(_place(record, region.model_copy(update={"box": None})))

    assert before.kept == ()
    assert [(place.box, place.mask) for place in after.kept] == [(region.box2, None)]


def test_a_record_of_version_1_has_places_by_its_alignment(record: Record, region: Region) -> None:
    old = _place(record, region.model_copy(update={"box2": None})).model_copy(update={"schema_version": 1})
    _, after = views_of(old)

    assert [place.box for place in after.kept] == [(414, 119, 510, 239)]


def test_a_mask_is_carried_to_the_other_image(record: Record, region: Region) -> None:
    _, after = views_of(_place(record, region))

    assert after.kept[0].mask == _draw(414, 119, 510, 229)


def test_a_mask_holds_in_both_images_where_they_lie_on_one_another(record: Record, region: Region) -> None:
    before, after = views_of(_place(record, region, IDENTITY))

    assert after.kept[0].mask == before.kept[0].mask == region.mask


def test_a_mask_is_carried_into_a_larger_image(record: Record, region: Region) -> None:
    larger = record.image2.model_copy(update={"width": 1280, "height": 960})
    doubled = region.model_copy(update={"box2": (824, 240, 1016, 480)})
    scale: Matrix = ((2, 0, 0.5), (0, 2, 0.5), (0, 0, 1))
    _, after = views_of(_place(record, doubled, scale).model_copy(update={"image2": larger}))
    mask = after.kept[0].mask

    assert mask is not None
    assert mask.size == (960, 1280)
    assert decode_mask(mask).sum() == 192 * 220


@pytest.mark.parametrize(
    "change",
    [
        {"mask": Mask(size=(480, 640), counts="PPXe4")},  # nothing is inside
        {"mask": encode_mask(np.ones((4, 4), np.bool_))},  # of another image
        {"mask": Mask(size=(480, 640), counts="12")},  # its run lengths cover less
        {"mask": Mask(size=(480, 640), counts="not run lengths")},
        {"mask": None},
    ],
)
def test_a_mask_that_covers_nothing_of_the_image_is_none(
    record: Record, region: Region, change: dict[str, Mask | None]
) -> None:
    before, after = views_of(_place(record, region.model_copy(update=change)))

    assert before.kept[0].mask is None
    assert after.kept[0].mask is None


def test_a_mask_is_not_carried_where_it_does_not_fit(record: Record, region: Region) -> None:
    moved = views_of(_place(record, region.model_copy(update={"moved_to": (0, 0, 96, 120)})))
    bent = views_of(_place(record, region, lens=Lens(centre=(320, 240), radius=400, terms=(0.1, 0))))

    assert moved[0].kept[0].mask == bent[0].kept[0].mask == region.mask
    assert moved[1].kept[0].mask is None
    assert bent[1].kept[0].mask is None
