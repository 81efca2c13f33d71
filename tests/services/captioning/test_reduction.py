"""Pairs beyond the budget of pixels are described on smaller grids, in the same words and little memory."""

import tracemalloc

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB, ImageLimits, encode_png
from imgdiff.stages import Captioning, CaptioningRequest
from imgdiff.whole_pair import Alignment
from services.captioning.backends.embedded import EmbeddedCaptioner
from services.captioning.limits import CAPTIONED_PIXELS
from services.captioning.reduction import reduce_pair
from services.captioning.schema import parse_caption
from services.imaging.masks import bounds, decode_mask, encode_mask
from services.serving.engine import Ticket

SECOND_CUP = (440, 6, 596, 150)
STILL = Alignment(applied=False, model="identity", matrix=((1, 0, 0), (0, 1, 0), (0, 0, 1)), score=1.0)
ROOMY = ImageLimits(max_bytes=200_000_000)


def _request(times: int, size: tuple[int, int], alignment: Alignment = STILL) -> CaptioningRequest:
    box = tuple(times * edge for edge in SECOND_CUP)
    mask = np.zeros(size, bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    region = {"box": box, "box2": box, "moved_to": box, "mask": encode_mask(mask), "difference": 0.5, "kept": True}
    asked = {"box": box, "shown_in": "image1"}
    wanted = {"alignment": alignment, "verdict": "different", "regions": [region], "asked": asked}
    return CaptioningRequest.model_validate(wanted)


def _enlarge(image: RGB, times: int) -> RGB:
    return np.asarray(cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8)


def test_what_is_within_the_budget_stays_as_it_is(before: RGB, after: RGB) -> None:
    request = _request(1, before.shape[:2])

    image1, image2, same = reduce_pair(before, after, request)

    assert image1 is before
    assert image2 is after
    assert same is request


def test_boxes_masks_and_matrix_follow_the_images(before: RGB, after: RGB) -> None:
    """image1 is ten times as large as image2, and then reduced alone."""
    large = _enlarge(before, 10)
    to_image2 = Alignment(applied=True, model="affine", matrix=((0.1, 0, -0.45), (0, 0.1, -0.45), (0, 0, 1)), score=1.0)

    small, same, request = reduce_pair(large, after, _request(10, large.shape[:2], to_image2))
    (region,) = request.regions
    factor = small.shape[1] / large.shape[1]
    expected = [round(10 * factor * edge) for edge in SECOND_CUP]

    assert same is after
    assert 0.99 * CAPTIONED_PIXELS < small.shape[0] * small.shape[1] <= CAPTIONED_PIXELS
    assert region.mask is not None
    assert region.mask.size == small.shape[:2]
    boxes = region.box, region.moved_to, request.asked and request.asked.box, bounds(decode_mask(region.mask))
    assert all(box is not None and np.abs(np.subtract(box, expected)).max() <= 1 for box in boxes)
    matrix = np.asarray(request.alignment.matrix)
    corner = matrix @ [small.shape[1] - 0.5, small.shape[0] - 0.5, 1]
    assert np.abs(corner[:2] / corner[2] - (after.shape[1] - 0.5, after.shape[0] - 0.5)).max() < 0.01


@pytest.mark.slow
def test_a_pair_of_64_megapixels_gets_the_words_of_the_small_one(
    engine: EmbeddedCaptioner, before: RGB, after: RGB
) -> None:
    files = [encode_png(_enlarge(image, 16)) for image in (before, after)]
    request = _request(16, (16 * before.shape[0], 16 * before.shape[1])).model_dump_json()
    small = parse_caption(encode_png(before), encode_png(after), _request(1, before.shape[:2]).model_dump_json(), ROOMY)
    (expected,) = engine.run([Ticket(small)])
    tracemalloc.start()
    (answer,) = engine.run([Ticket(parse_caption(files[0], files[1], request, ROOMY))])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(answer, Captioning), answer
    assert isinstance(expected, Captioning), expected
    assert answer.caption == expected.caption
    assert peak < 900e6
