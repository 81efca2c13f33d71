"""Segment Anything: as Meta's own package runs it, and from every file that people have."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from segment_anything import SamAutomaticMaskGenerator, SamPredictor, sam_model_registry
from segment_anything.utils.transforms import ResizeLongestSide
from transformers import SamModel

from imgdiff.images import RGB
from services.detection.area_generator.segmentation import Segment
from services.detection.backends.automatic_masks import AutomaticMaskSegmenter, Quality
from services.detection.backends.sam import ARCHITECTURES, SamNetwork, build_sam, fit_to_side, read_sam, rename
from services.gpu.compute import Compute
from services.gpu.pretrained import load_pretrained
from services.gpu.weights import model_folder, weight_file
from tests.services.detection.backends.conftest import MakeSegmenter
from tests.services.detection.backends.hub_folders import write_sam
from tests.services.detection.backends.meta_sam import meta_sam


@pytest.mark.parametrize("cut", [np.s_[:128, :128], np.s_[:96, :128], np.s_[:, :]])
@pytest.mark.parametrize(("stability", "seed"), [(0.0, 7), (0.3, 2)])  # without boxes at the very limit of duplicates
def test_sam_finds_what_the_packages_automatic_mask_generator_finds(
    processor: Compute, photo: RGB, make_segmenter: MakeSegmenter, cut: tuple[slice, slice], stability: float, seed: int
) -> None:
    torch.manual_seed(seed)
    model, image = meta_sam(), np.ascontiguousarray(photo[cut])
    generator = SamAutomaticMaskGenerator(model, 8, pred_iou_thresh=-1, stability_score_thresh=stability)
    theirs = [one["segmentation"] for one in generator.generate(image) if one["area"]]
    network = SamNetwork(read_sam(model.state_dict()), processor)
    segmenter = make_segmenter(network, quality=Quality(-1.0, stability, 8), prompts_at_once=64)
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


def test_sam_decodes_a_point_as_the_packages_predictor_does(
    processor: Compute, make_segmenter: MakeSegmenter, pictures: list[RGB]
) -> None:
    torch.manual_seed(7)
    model, image = meta_sam(), np.ascontiguousarray(pictures[0][:96])  # needs padding but no resizing
    predictor = SamPredictor(model)
    predictor.set_image(image)
    points = torch.tensor([[[20.0, 70.0]], [[100.0, 10.0]]])
    theirs, quality, _ = predictor.predict_torch(points, torch.ones(2, 1), multimask_output=True)
    network = SamNetwork(read_sam(model.state_dict()), processor)
    encoded = network.encode([image], 1)[0]
    logits, ours = network.decode(encoded, list(points[:, 0].numpy()))
    masks = network.enlarge(logits.flatten(0, 1), encoded) > 0

    assert theirs.any()
    assert torch.allclose(ours, quality, atol=1e-4)
    assert (masks == theirs.flatten(0, 1)).float().mean() > 0.999


def test_defect_sam_sees_red_where_the_image_is_red(sam: SamModel, segmenter: AutomaticMaskSegmenter) -> None:
    seen: list[torch.Tensor] = []
    sam.vision_encoder.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    red = np.zeros((128, 128, 3), np.uint8)
    red[..., 0] = 255
    segmenter.segment([red])
    reference = meta_sam()
    expected = (torch.tensor([255.0, 0, 0]) - reference.pixel_mean.flatten()) / reference.pixel_std.flatten()

    assert torch.allclose(seen[0][0].mean((1, 2)), expected, atol=1e-3)


@pytest.mark.parametrize("side", [128, 1024])
def test_sam_sees_the_pixels_that_the_package_would_show_it(photo: RGB, pictures: list[RGB], side: int) -> None:
    for image in (photo, *(one for one in pictures if min(one.shape[:2]) > 8)):
        assert np.array_equal(fit_to_side(image, side), ResizeLongestSide(side).apply_image(image))


def test_the_published_sizes_have_metas_names_and_shapes() -> None:
    for name, configure in ARCHITECTURES.items():
        with torch.device("meta"):
            ours = {key: value.shape for key, value in SamModel(configure()).state_dict().items()}
            theirs = rename(_meta_registry(name)) if name != "tiny" else rename(meta_sam().state_dict())
        shared = "prompt_encoder.shared_embedding.positional_embedding"  # which Meta has once

        assert {key: value.shape for key, value in theirs.items()} == {k: v for k, v in ours.items() if k != shared}


def _meta_registry(name: str) -> dict[str, torch.Tensor]:
    return sam_model_registry[name]().state_dict()


def test_the_hubs_folder_and_its_file_alone_are_the_same_network(tmp_path: Path, processor: Compute) -> None:
    folder = model_folder(str(write_sam(tmp_path)), "SETTING", stage="detection")
    whole = load_pretrained(SamModel, folder, "SETTING").state_dict()
    alone = read_sam(load_file(tmp_path / "model.safetensors")).state_dict()

    assert whole.keys() == alone.keys()
    assert all(torch.equal(whole[name], alone[name]) for name in whole)


def test_metas_checkpoint_is_read_by_its_own_name(tmp_path: Path) -> None:
    model = meta_sam()
    torch.save(model.state_dict(), tmp_path / "sam_vit_b_01ec64.pth")
    read = read_sam(weight_file(str(tmp_path / "sam_vit_b_01ec64.pth"), "SETTING", "", stage="detection").tensors())

    assert torch.equal(model.image_encoder.pos_embed, read.vision_encoder.pos_embed)


def test_an_unknown_sam_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"known: .*vit_b"):
        build_sam("vit_z")


@pytest.mark.parametrize(
    "tensors", [{"a.weight": torch.zeros(1)}, {"image_encoder.pos_embed": torch.zeros(1, 8, 8, 3)}]
)
def test_weights_of_another_network_are_refused_with_the_right_ones(tensors: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match=r"SAM_WEIGHTS .*facebook/sam-vit-base.*the file has"):
        read_sam(tensors)


def test_weights_of_another_size_than_the_one_asked_for_are_refused(sam: SamModel) -> None:
    with pytest.raises(ValueError, match=r"SAM_MODEL is vit_b, but IMGDIFF_DETECTION_SAM_WEIGHTS are tiny's"):
        read_sam(sam.state_dict(), "vit_b")


def test_half_a_file_is_refused(sam: SamModel) -> None:
    half = dict(list(sam.state_dict().items())[:40])
    with pytest.raises(ValueError, match=r"SAM_WEIGHTS lack \d+ tensors for the model tiny, such as"):
        read_sam(half)


def test_a_file_in_half_precision_is_read_in_full(sam: SamModel, tmp_path: Path) -> None:
    save_file({key: value.half() for key, value in sam.state_dict().items()}, tmp_path / "half.safetensors")
    read = read_sam(load_file(tmp_path / "half.safetensors"))

    assert {value.dtype for value in read.state_dict().values()} == {torch.float32}
