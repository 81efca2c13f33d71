"""The picture of a record shows both images, a box for every kept region, and the captions."""

import numpy as np
import pytest
from PIL import Image

from gateway.preview import draw_preview
from imgdiff.images import RGB
from imgdiff.records import Change, Record, Region

GREY = (200, 200, 200)


def _grey(width: int, height: int) -> RGB:
    return np.full((height, width, 3), GREY, np.uint8)


def test_kept_regions_are_boxed_in_both_images(record: Record) -> None:
    picture = np.asarray(draw_preview(record, _grey(640, 480), _grey(640, 480)))
    blue = np.all(picture == (0, 114, 178), axis=2)
    left, right = blue[:530, :664].nonzero(), blue[:530, 664:].nonzero()

    assert abs(left[1].max() - (24 + 508)) <= 2
    assert abs(right[1].max() - (16 + 510)) <= 2  # the matrix shifts it by two pixels
    assert abs(left[0].max() - (50 + 240)) <= 2
    assert abs(right[0].max() - (50 + 239)) <= 2


def test_a_record_of_the_first_version_is_boxed_by_its_alignment(record: Record) -> None:
    regions = tuple(region.model_copy(update={"box2": None}) for region in record.regions)
    former = record.model_copy(update={"schema_version": 1, "regions": regions})

    assert draw_preview(former, _grey(640, 480), _grey(640, 480)).tobytes() == (
        draw_preview(record, _grey(640, 480), _grey(640, 480)).tobytes()
    )


def test_what_only_image2_extends_to_is_boxed_there_alone(record: Record) -> None:
    added = Region(box=None, box2=(100, 300, 200, 400), change=Change.ADDED, difference=1, kept=True)
    picture = np.asarray(
        draw_preview(record.model_copy(update={"regions": (added,)}), _grey(640, 480), _grey(640, 480))
    )
    blue = np.all(picture == (0, 114, 178), axis=2)

    assert not blue[:530, :664].any()
    assert blue[:530, 664:].any()


def test_dropped_regions_are_not_drawn(record: Record) -> None:
    nothing = record.model_copy(update={"regions": tuple(r for r in record.regions if not r.kept)})
    picture = np.asarray(draw_preview(nothing, _grey(640, 480), _grey(640, 480)))

    assert (picture[50:530, 24:664] == GREY).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (6000, 40), (1500, 1000)])
def test_any_size_of_image_fits(record: Record, size: tuple[int, int]) -> None:
    picture = draw_preview(record, _grey(*size), _grey(64, 64))

    assert 500 <= picture.width <= 1600
    assert 150 <= picture.height <= 1200


def test_long_captions_are_wrapped_inside_the_sheet(record: Record) -> None:
    long = record.model_copy(update={"caption": "A very long caption of many words. " * 30})
    short = draw_preview(record, _grey(640, 480), _grey(640, 480))
    picture = draw_preview(long, _grey(640, 480), _grey(640, 480))

    assert picture.width == short.width
    assert picture.height > short.height
    assert (np.asarray(picture)[:, -20:] == 255).all()


def test_a_sentence_stands_once_beside_its_kind_and_confidence(record: Record) -> None:
    (kept, *_) = (region for region in record.regions if region.kept)
    one = record.model_copy(update={"regions": (kept,), "caption": kept.caption})
    other = record.model_copy(update={"regions": (kept,), "caption": "x"})
    unsure = record.model_copy(update={"regions": (kept.model_copy(update={"confidence": 0.11}),), "caption": "x"})

    legends = [_ink_of_legend(draw_preview(shown, _grey(640, 480), _grey(640, 480))) for shown in (one, other, unsure)]

    assert 0 < legends[0] < legends[1] / 2  # the kind and the confidence alone
    assert legends[2] not in {0, legends[1]}  # another confidence is other ink


def _ink_of_legend(picture: Image.Image) -> int:
    """Dark pixels of the last line, right of its number."""
    return int((np.asarray(picture)[-24 - 34 : -24, 24 + 36 :].max(axis=2) < 128).sum())
