"""Which pairs are compared pixel by pixel."""

from collections.abc import Callable

import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Content, Detection, DetectionRequest
from services.detection.drawn.preparation import prepare_drawn
from services.detection.schema import PairWork
from tests.services.detection.drawn.pages import page, pixels


def test_two_states_of_a_page_are_compared_without_alignment_and_without_networks(
    detect: Callable[..., Detection],
) -> None:
    answer = detect(pixels(page()), pixels(page(amount="17,500")))

    assert answer.content in {Content.DRAWN, Content.BINARY}
    assert answer.similarity is None
    assert not answer.alignment.applied
    assert len([region for region in answer.regions if region.kept]) == 1


def test_curating_still_measures_how_similar_the_crops_are(detect: Callable[..., Detection]) -> None:
    assert detect(pixels(page()), pixels(page(amount="17,500")), policy="curate").similarity is not None


def test_photos_compressed_pages_and_other_sizes_are_no_renderings(
    photo: RGB, pasted: RGB, jpeg: Callable[[RGB, int], RGB]
) -> None:
    one, two = pixels(page()), pixels(page(amount="17,500"))

    assert _is_rendering(one, two)
    assert not _is_rendering(photo, pasted)
    assert not _is_rendering(jpeg(one, 70), jpeg(two, 70))
    assert not _is_rendering(one, two[:300])


def test_two_pages_without_a_common_layout_are_no_states_of_one() -> None:
    rows, columns = np.mgrid[:400, :640]
    chequered = np.where(((rows // 20 + columns // 20) % 2)[..., None], [200, 30, 40], [20, 20, 120]).astype(np.uint8)

    assert not _is_rendering(pixels(page()), chequered)


def _is_rendering(one: RGB, two: RGB) -> bool:
    pair = prepare_drawn(PairWork(one, two, DetectionRequest()))
    return pair is not None and pair.view.rendered
