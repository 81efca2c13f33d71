"""Masks from a grid of points, by every network that is asked so."""

from collections.abc import Callable

import pytest
import torch

from imgdiff.images import RGB
from services.detection.backends.automatic_masks import PointNetwork, Quality, remove_islands, select_distinct
from tests.services.detection.backends.conftest import MakeSegmenter


def _count_calls(network: object, name: str, *, refusing: bool = False) -> list[int]:
    """Sizes of the batches that a method of the network is called with; it may refuse the first one for its memory."""
    inner: Callable[..., object] = getattr(network, name)
    sizes: list[int] = []

    def counted(*arguments: object) -> object:
        rows = arguments[0] if name != "decode" else arguments[1]
        sizes.append(len(rows))  # type: ignore[arg-type]
        if refusing and len(sizes) == 1:
            raise torch.OutOfMemoryError("too many rows")
        return inner(*arguments)

    setattr(network, name, counted)
    return sizes


def test_an_image_is_encoded_once_for_all_its_prompts(
    network: PointNetwork, make_segmenter: MakeSegmenter, pictures: list[RGB]
) -> None:
    sizes = _count_calls(network, "encode")
    make_segmenter(network).segment(pictures[:2])

    assert sizes == [2]


def test_every_batch_has_one_size(network: PointNetwork, make_segmenter: MakeSegmenter, pictures: list[RGB]) -> None:
    images, prompts = _count_calls(network, "encode"), _count_calls(network, "decode")
    make_segmenter(network, prompts_at_once=6).segment(pictures[:3])

    assert images == [2, 2]
    assert set(prompts) == {6}


def test_an_image_without_a_good_mask_has_no_segments(
    network: PointNetwork, make_segmenter: MakeSegmenter, pictures: list[RGB]
) -> None:
    sure = make_segmenter(network, quality=Quality(iou=1.0, stability=1.0, points=4))

    assert sure.segment(pictures[:3]) == [[], [], []]


@pytest.mark.parametrize("step", ["encode", "decode", "enlarge"])
def test_out_of_memory_goes_on_with_half_the_batch_and_finds_the_same(
    network: PointNetwork, make_segmenter: MakeSegmenter, pictures: list[RGB], step: str
) -> None:
    expected = make_segmenter(network).segment(pictures[:3])
    halved: list[int] = []
    _count_calls(network, step, refusing=True)
    small = make_segmenter(network, images_at_once=4, prompts_at_once=16, halved=lambda: halved.append(1))
    found = small.segment(pictures[:3])

    assert len(halved) == 1
    for segments, others in zip(found, expected, strict=True):
        assert [segment.box for segment in segments] == [segment.box for segment in others]


def test_thin_masks_that_are_one_are_found_once() -> None:
    logits = torch.full((2, 32, 32), -4.0)
    logits[:, 3:29, 7] = 4.0  # one cell wide: without its last column its box would have no area

    assert select_distinct(logits > 0, torch.tensor([0.5, 0.9])).tolist() == [1]


def test_masks_that_are_one_without_their_islands_are_found_once() -> None:
    logits = torch.full((2, 32, 32), -4.0)
    logits[:, 4:20, 4:20] = 4.0
    logits[1, 30, 30] = 4.0
    quality = torch.tensor([0.5, 0.9])

    assert len(select_distinct(logits > 0, quality)) == 2
    assert len(select_distinct(remove_islands(logits) > 0, quality)) == 1


def test_a_stray_piece_does_not_stretch_the_box() -> None:
    logits = torch.full((32, 32), -4.0)
    logits[4:20, 4:20] = 4.0
    logits[30, 30] = 4.0
    tidied = remove_islands(logits[None])[0]

    assert (tidied[4:20, 4:20] > 0).all()
    assert int((tidied > 0).sum()) == 256
