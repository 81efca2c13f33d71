"""Pictures for training sets: marked as the paper marks them, and image2 where detection saw it."""

import io
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from gateway.exports.files import ExportFile
from gateway.exports.pictures import Drawing, draw_ahead, encode_jpeg, is_laid_over, lay_over, mark_pair, tint_regions
from imgdiff.errors import NotFound
from imgdiff.images import RGB
from imgdiff.records import Record, RecordImage
from imgdiff.whole_pair import Alignment, Lens
from services.imaging.masks import encode_mask
from services.imaging.warp import warp

STRAIGHT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
TURNED = ((0.98, -0.05, 12.0), (0.05, 0.98, -7.0), (2e-5, -1e-5, 1.0))
TWICE = ((2.0, 0.0, 0.5), (0.0, 2.0, 0.5), (0.0, 0.0, 1.0))


def test_the_boxes_are_red_five_pixels_outside_and_clamped() -> None:
    grey = np.full((60, 80, 3), 128, np.uint8)
    first, second = mark_pair(grey, grey, (20, 20, 40, 40), (0, 30, 80, 60))
    red = [np.argwhere((one == (255, 0, 0)).all(axis=2)) for one in (first, second)]

    assert [(one.min(axis=0).tolist(), one.max(axis=0).tolist()) for one in red] == [
        ([15, 15], [44, 44]),
        ([25, 0], [59, 79]),
    ]
    assert (first[18:42, 18:42] == 128).all()
    assert (grey == 128).all()


@pytest.mark.parametrize("matrix", [TURNED, TWICE])
@pytest.mark.parametrize("terms", [None, (-0.12, 0.02)])
def test_image2_is_laid_where_detection_lays_it(
    record: Record, matrix: tuple[tuple[float, ...], ...], terms: tuple[float, float] | None
) -> None:
    side = 2 if matrix is TWICE else 1
    image2 = _draw_photo(200 * side, 150 * side)
    size = image2.shape[1::-1]
    lens = terms and Lens(centre=((size[0] - 1) / 2, (size[1] - 1) / 2), radius=float(np.hypot(*size)) / 2, terms=terms)
    placed = _placed(record, matrix, lens, (200, 150), size)

    laid = lay_over(image2, placed)
    expected, known = warp(image2, np.array(matrix), 200, 150, lens)

    assert laid.shape == (150, 200, 3)
    apart = np.abs(laid[known].astype(int) - expected[known])
    assert apart.mean() < 1.0  # grey levels: cubic weights differ a little
    assert not is_laid_over(placed)
    assert known.mean() > 0.8


def test_nothing_is_drawn_where_image2_lies_as_it_is(record: Record) -> None:
    image2 = _draw_photo(200, 150)
    placed = _placed(record, STRAIGHT, None, (200, 150), (200, 150))

    assert is_laid_over(placed)
    assert lay_over(image2, placed) is image2
    assert not is_laid_over(_placed(record, STRAIGHT, None, (200, 150), (220, 150)))


def test_where_image2_has_no_pixels_is_black(record: Record) -> None:
    away = ((1.0, 0.0, 50.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    laid = lay_over(np.full((150, 200, 3), 200, np.uint8), _placed(record, away, None, (200, 150), (200, 150)))

    assert (laid[:, :150] == 200).all()
    assert (laid[:, 150:] == 0).all()


def test_masks_of_kept_regions_are_tinted_and_others_boxed(record: Record) -> None:
    image = np.full((480, 640, 3), 100, np.uint8)
    mask = np.zeros((480, 640), np.bool_)
    mask[130:200, 420:500] = True
    broken, second, third, fourth, rejected = record.regions
    masked = broken.model_copy(update={"mask": encode_mask(mask)})
    other = third.model_copy(update={"mask": encode_mask(mask[:10])})
    beyond = fourth.model_copy(update={"box": None})

    tinted = tint_regions(image, (masked, second, other, beyond, rejected))

    assert (tinted[130:200, 420:500] == (177, 50, 50)).all()
    assert (tinted[120:129, 412:508] == 100).all()
    for box in (second.box, third.box):
        assert (tinted[box[1], box[0] : box[2]] == (255, 0, 0)).all()
    assert (tinted[20:40, 10:30] == 100).all()
    assert (tinted[30:80, 520:570] == 100).all()
    assert (tint_regions(image, (broken,))[120, 412:508] == (255, 0, 0)).all()  # its run lengths cover other sizes


def test_the_same_picture_gives_the_same_jpeg_with_whole_colours() -> None:
    picture, _ = mark_pair(_draw_photo(200, 150), _draw_photo(200, 150), (20, 20, 90, 90), (20, 20, 90, 90))
    data = encode_jpeg(picture)
    read = Image.open(io.BytesIO(data))

    assert data == encode_jpeg(picture.copy())
    assert read.format == "JPEG"
    assert np.abs(np.asarray(read).astype(int) - picture)[15:18, 15:94].mean() < 12  # the red line stays red


def _draw_photo(width: int, height: int) -> RGB:
    """Soft blobs of colour, as a warp needs to be compared by its values."""
    coarse = np.random.default_rng(3).integers(0, 256, (height // 20 + 1, width // 20 + 1, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def _placed(
    record: Record,
    matrix: tuple[tuple[float, ...], ...],
    lens: Lens | None,
    size1: tuple[int, int],
    size2: tuple[int, int],
) -> Record:
    images = [RecordImage(asset=record.image1.asset, width=width, height=height) for width, height in (size1, size2)]
    model = "homography" if lens is None else "lens"
    alignment = Alignment(applied=True, model=model, matrix=matrix, lens=lens, score=1.0)
    return record.model_copy(update={"image1": images[0], "image2": images[1], "alignment": alignment})


def _drawings() -> Iterator[ExportFile | Drawing]:
    """The first ones take longest; one file is not drawn, and after the last one an image is missing."""

    def draw(number: int) -> RGB:
        time.sleep(0.02 * (4 - number))
        return np.full((8, 8, 3), 20 * number, np.uint8)

    for number in range(4):
        yield Drawing(f"picture{number}", lambda number=number: draw(number))  # type: ignore[misc]
        if number == 1:
            yield ExportFile.of("between", b"text")
    raise NotFound("an image is missing")


def test_pictures_that_are_drawn_at_the_same_time_come_in_their_order_and_before_a_failure() -> None:
    found: list[ExportFile] = []
    with pytest.raises(NotFound):
        found.extend(draw_ahead(_drawings()))

    assert [file.path for file in found] == ["picture0.jpg", "picture1.jpg", "between", "picture2.jpg", "picture3.jpg"]
    assert [b"".join(file.read()) for file in found if file.path != "between"] == [
        encode_jpeg(np.full((8, 8, 3), 20 * number, np.uint8)) for number in range(4)
    ]


def test_pictures_keep_whole_colours() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[8:11, 4:28] = (255, 0, 0)  # a line as a mark has it
    picture = Image.open(io.BytesIO(encode_jpeg(red[:, ::-1])))

    assert np.abs(np.asarray(picture).astype(int) - red[:, ::-1]).max() < 20


def test_a_mask_over_a_large_image_is_tinted_in_little_memory(record: Record) -> None:
    image1 = np.full((4000, 4000, 3), 101, np.uint8)
    whole = encode_mask(np.ones(image1.shape[:2], bool))
    region = record.regions[0].model_copy(update={"box": (0, 0, 4000, 4000), "mask": whole, "kept": True})
    tracemalloc.start()
    tinted = tint_regions(image1, (region,))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (tinted == (178, 50, 50)).all()
    assert peak < 3 * image1.nbytes
