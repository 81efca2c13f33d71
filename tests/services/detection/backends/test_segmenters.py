"""What every segmenter guarantees, on tiny random weights, and what is Segment Anything's own."""

import numpy as np
import pytest
import torch
from segment_anything import SamAutomaticMaskGenerator, SamPredictor
from segment_anything.modeling import Sam
from segment_anything.modeling.image_encoder import Attention
from segment_anything.utils.transforms import ResizeLongestSide

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment, Segmenter
from services.detection.backends.sam import (
    Quality,
    SamSegmenter,
    build_sam,
    fit_to_side,
    remove_islands,
    select_distinct,
)
from services.gpu.compute import Compute


@pytest.fixture(params=["sam"])
def backend(request: pytest.FixtureRequest) -> Segmenter:
    return {"sam": lambda: request.getfixturevalue("segmenter")}[request.param]()


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


def test_sam_encodes_an_image_once_for_all_its_prompts(sam: Sam, segmenter: SamSegmenter, pictures: list[RGB]) -> None:
    seen: list[int] = []
    sam.image_encoder.register_forward_hook(lambda _, __, out: seen.append(len(out)))
    segmenter.segment(pictures[:2])

    assert seen == [2]


def test_defect_sam_sees_red_where_the_image_is_red(sam: Sam, segmenter: SamSegmenter) -> None:
    seen: list[torch.Tensor] = []
    sam.image_encoder.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    red = np.zeros((128, 128, 3), np.uint8)
    red[..., 0] = 255
    segmenter.segment([red])
    means, deviations = sam.pixel_mean, sam.pixel_std

    expected = (torch.tensor([255.0, 0, 0]) - means.flatten()) / deviations.flatten()

    assert torch.allclose(seen[0][0].mean((1, 2)), expected, atol=1e-4)


@pytest.mark.parametrize("cut", [np.s_[:128, :128], np.s_[:96, :128], np.s_[:, :]])
@pytest.mark.parametrize("stability", [0.0, 0.3])
def test_sam_finds_what_the_packages_automatic_mask_generator_finds(
    processor: Compute, photo: RGB, cut: tuple[slice, slice], stability: float
) -> None:
    torch.manual_seed(7)
    model, image = build_sam("tiny"), np.ascontiguousarray(photo[cut])
    generator = SamAutomaticMaskGenerator(model, 8, pred_iou_thresh=-1, stability_score_thresh=stability)
    theirs = [one["segmentation"] for one in generator.generate(image) if one["area"]]
    quality = Quality(iou=-1, stability=stability, points=8)
    segmenter = SamSegmenter(
        model, processor, quality=quality, images_at_once=1, prompts_at_once=64, halved=pytest.fail
    )
    ours = [_whole(segment, image) for segment in segmenter.segment([image])[0]]

    assert len(ours) == len(theirs) >= (7 if stability == 0 else 1)
    assert all(_nearest(mask, theirs) > 0.95 for mask in ours)
    assert all(_nearest(mask, ours) > 0.95 for mask in theirs)


def _whole(segment: Segment, image: RGB) -> np.ndarray:
    mask = np.zeros(image.shape[:2], bool)
    x1, y1, x2, y2 = segment.box
    mask[y1:y2, x1:x2] = segment.mask
    return mask


def _nearest(mask: np.ndarray, others: list[np.ndarray]) -> float:
    return max(float((mask & other).sum() / (mask | other).sum()) for other in others)


@pytest.mark.parametrize("side", [128, 1024])
def test_sam_sees_the_pixels_that_the_package_would_show_it(photo: RGB, pictures: list[RGB], side: int) -> None:
    for image in (photo, *(one for one in pictures if min(one.shape[:2]) > 8)):
        assert np.array_equal(fit_to_side(image, side), ResizeLongestSide(side).apply_image(image))


def test_an_image_without_a_good_mask_has_no_segments(processor: Compute, pictures: list[RGB]) -> None:
    sure = Quality(iou=1.0, stability=1.0, points=4)
    segmenter = SamSegmenter(
        build_sam("tiny"), processor, quality=sure, images_at_once=2, prompts_at_once=8, halved=pytest.fail
    )

    assert segmenter.segment(pictures[:3]) == [[], [], []]


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


@pytest.mark.parametrize("part", ["image_encoder", "mask_decoder"])
def test_sam_out_of_memory_goes_on_with_half_the_batch_and_finds_the_same(
    processor: Compute, segmenter: SamSegmenter, any_mask: Quality, pictures: list[RGB], part: str
) -> None:
    torch.manual_seed(7)
    model, halved = build_sam("tiny"), []
    small = SamSegmenter(
        model, processor, quality=any_mask, images_at_once=4, prompts_at_once=16, halved=lambda: halved.append(1)
    )
    refused = _refusing_once(getattr(model, part))
    found = small.segment(pictures[:3])

    assert (len(refused), len(halved)) == (1, 1)
    for segments, expected in zip(found, segmenter.segment(pictures[:3]), strict=True):
        assert [segment.box for segment in segments] == [segment.box for segment in expected]


def test_sam_out_of_memory_while_masks_are_enlarged_goes_on_with_fewer(
    processor: Compute, segmenter: SamSegmenter, any_mask: Quality, pictures: list[RGB]
) -> None:
    torch.manual_seed(7)
    model, halved = build_sam("tiny"), []
    whole = model.postprocess_masks

    def narrow(masks: torch.Tensor, *sizes: tuple[int, int]) -> torch.Tensor:
        if len(masks) > 2:
            raise torch.OutOfMemoryError("too many masks")
        return whole(masks, *sizes)

    model.postprocess_masks = narrow
    small = SamSegmenter(
        model, processor, quality=any_mask, images_at_once=2, prompts_at_once=8, halved=lambda: halved.append(1)
    )
    found = small.segment(pictures[:2])

    assert halved
    assert all(_same(*pair) for pair in zip(found, segmenter.segment(pictures[:2]), strict=True))


def _refusing_once(network: torch.nn.Module) -> list[int]:
    refused: list[int] = []

    def refuse(*_: object) -> None:
        if not refused:
            refused.append(1)
            raise torch.OutOfMemoryError("too many rows")

    network.register_forward_pre_hook(refuse)
    return refused


def test_sam_decodes_a_point_as_the_packages_predictor_does(
    sam: Sam, segmenter: SamSegmenter, pictures: list[RGB]
) -> None:
    image = np.ascontiguousarray(pictures[0][:96])  # needs padding but no resizing
    predictor = SamPredictor(sam)
    predictor.set_image(image)
    points = torch.tensor([[[20.0, 70.0]], [[100.0, 10.0]]])
    theirs, quality, _ = predictor.predict_torch(points, torch.ones(2, 1), multimask_output=True)
    encoded = segmenter.encode([image], 1)[0]
    logits, ours = segmenter.decode_points(encoded, list(points[:, 0].numpy()), 2)
    masks = sam.postprocess_masks(logits[:, None], encoded.seen, encoded.original) > 0

    shown = theirs.flatten(0, 1).flatten(1).any(1)  # an empty mask is none of ours

    assert shown.any()
    assert torch.allclose(ours, quality.flatten()[shown], atol=1e-4)
    assert (masks[:, 0] == theirs.flatten(0, 1)[shown]).float().mean() > 0.999


@pytest.mark.usefixtures("segmenter")
def test_sams_fused_attention_is_its_own_attention(sam: Sam) -> None:
    fused = next(one for one in sam.image_encoder.modules() if isinstance(one, Attention))
    tokens = torch.randn(3, 4, 4, 32)
    with torch.inference_mode():
        assert torch.allclose(fused.forward(tokens), Attention.forward(fused, tokens), atol=1e-5)


def test_a_stray_piece_does_not_stretch_the_box() -> None:
    logits = torch.full((32, 32), -4.0)
    logits[4:20, 4:20] = 4.0
    logits[30, 30] = 4.0
    tidied = remove_islands(logits[None])[0]

    assert (tidied[4:20, 4:20] > 0).all()
    assert int((tidied > 0).sum()) == 256


def test_an_unknown_sam_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"known: .*vit_b"):
        build_sam("vit_z")


def test_weights_of_another_sam_are_refused() -> None:
    with pytest.raises(ValueError, match="SAM_WEIGHTS"):
        build_sam("tiny", {"image_encoder.pos_embed": torch.zeros(1)})
