"""What every segmenter guarantees, on tiny random weights."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment, Segmenter
from services.detection.backends.automatic_masks import PointNetwork
from services.detection.backends.noun_segmenter import NounSegmenter
from services.gpu.compute import Compute
from services.gpu.grounding_dino import GroundingDino
from services.gpu.sam3 import Sam3
from services.gpu.weights import model_folder
from tests.services.detection.backends.conftest import MakeSegmenter
from tests.services.gpu.noun_folders import write_grounding_dino, write_sam3


class Asked:
    """A segmenter of nouns that is asked for one noun in every image."""

    def __init__(self, segmenter: NounSegmenter) -> None:
        self._segmenter = segmenter

    def segment(self, images: Sequence[RGB]) -> list[list[Segment]]:
        return self._segmenter.segment_nouns(images, [["dog"]] * len(images))


NOUNS = {"sam3": (Sam3, write_sam3), "grounding_dino": (GroundingDino, write_grounding_dino)}


@pytest.fixture(scope="module", params=["sam", "sam2", *NOUNS])
def backend(
    request: pytest.FixtureRequest,
    processor: Compute,
    tmp_path_factory: pytest.TempPathFactory,
    make_network: Callable[[str], PointNetwork],
    make_segmenter: MakeSegmenter,
) -> Segmenter:
    if request.param not in NOUNS:
        return make_segmenter(make_network(request.param))
    kind, write = NOUNS[request.param]
    folder = model_folder(str(write(tmp_path_factory.mktemp(request.param))), "SETTING", stage="detection")
    return Asked(NounSegmenter(kind(folder, processor, "SETTING", prompts_at_once=2, halved=pytest.fail)))


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
