"""What every segmenter guarantees, on tiny random weights."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment, Segmenter
from services.detection.backends.automatic_masks import PointNetwork
from tests.services.detection.backends.conftest import MakeSegmenter


@pytest.fixture
def backend(network: PointNetwork, make_segmenter: MakeSegmenter) -> Segmenter:
    return make_segmenter(network)


def _same(one: list[Segment], two: list[Segment]) -> bool:
    boxes = [segment.box for segment in one] == [segment.box for segment in two]
    return boxes and all(np.array_equal(a.mask, b.mask) for a, b in zip(one, two, strict=True))


def test_segments_have_tight_half_open_boxes_inside_their_image(backend: Segmenter, pictures: list[RGB]) -> None:
    answers = backend.segment(pictures)

    assert len(answers) == len(pictures)
    assert sum(map(len, answers)) >= 12
    for image, segments in zip(pictures, answers, strict=True):
        for segment in segments:
            x1, y1, x2, y2 = segment.box
            assert 0 <= x1 < x2 <= image.shape[1]
            assert 0 <= y1 < y2 <= image.shape[0]
            assert segment.mask.shape == (y2 - y1, x2 - x1)
            edges = (segment.mask[0], segment.mask[-1], segment.mask[:, 0], segment.mask[:, -1])
            assert all(edge.any() for edge in edges)


def test_an_image_is_segmented_alike_whoever_shares_the_batch(backend: Segmenter, pictures: list[RGB]) -> None:
    together = backend.segment(pictures)
    backwards = list(backend.segment(pictures[::-1]))[::-1]
    alone = [backend.segment([image])[0] for image in pictures]

    assert all(_same(*pair) for pair in zip(together, alone, strict=True))
    assert all(_same(*pair) for pair in zip(backwards, alone, strict=True))


def test_no_images_have_no_segments(backend: Segmenter) -> None:
    assert list(backend.segment([])) == []


@pytest.mark.parametrize(("height", "width"), [(1, 1), (16, 16), (1, 4000), (4000, 1), (3, 500)])
def test_any_shape_gets_an_answer(backend: Segmenter, height: int, width: int) -> None:
    for segment in backend.segment([np.zeros((height, width, 3), np.uint8)])[0]:
        assert segment.box[2] <= width
        assert segment.box[3] <= height
