"""What every detector of nouns guarantees, on tiny random weights laid out as the hub has the large ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from transformers import GroundingDinoImageProcessor, GroundingDinoProcessor, Sam3ImageProcessor, Sam3TrackerModel  # noqa: E402

from services.gpu.compute import compute_on  # noqa: E402
from services.gpu.grounding_dino import GroundingDino  # noqa: E402
from services.gpu.noun_detector import FoundNoun, NounDetector  # noqa: E402
from services.gpu.pretrained import load_pretrained  # noqa: E402
from services.gpu.sam3 import Sam3  # noqa: E402
from services.gpu.weights import model_folder  # noqa: E402
from tests.services.gpu.layouts import change_config  # noqa: E402
from tests.services.gpu.noun_folders import write_grounding_dino, write_sam3  # noqa: E402

KINDS = {"sam3": (Sam3, write_sam3), "grounding_dino": (GroundingDino, write_grounding_dino)}
PHOTO = np.ascontiguousarray(data.astronaut(), np.uint8)
SHAPES = [PHOTO[:200, :300], PHOTO[200:500, 300:340], PHOTO[:1, :400], PHOTO[9:10, 9:10]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: write(tmp_path_factory.mktemp(name)) for name, (_, write) in KINDS.items()}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def _load(kind: str, folder: Path, halved: Callable[[], object] = pytest.fail, at_once: int = 2) -> Any:
    found = model_folder(str(folder), "SETTING", stage="detection")
    return KINDS[kind][0](found, compute_on("cpu", 1), "SETTING", prompts_at_once=at_once, halved=halved)


@pytest.fixture
def detector(kind: str, folders: dict[str, Path]) -> NounDetector:
    return _load(kind, folders[kind])


def _same(one: list[FoundNoun], two: list[FoundNoun]) -> bool:
    if len(one) != len(two):
        return False
    masks = all(np.array_equal(a.mask, b.mask) for a, b in zip(one, two, strict=True) if a.mask is not None)
    scores = np.allclose([a.score for a in one], [b.score for b in two], atol=1e-5)
    return masks and scores and [a.box for a in one] == [b.box for b in two]


def test_what_is_found_lies_in_its_image_best_first(detector: NounDetector) -> None:
    answers = detector.find([(image, "dog") for image in SHAPES])

    assert all(answers)
    for image, found in zip(SHAPES, answers, strict=True):
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        for one in found:
            x1, y1, x2, y2 = one.box
            assert 0 <= x1 < x2 <= image.shape[1]
            assert 0 <= y1 < y2 <= image.shape[0]
            assert detector.least_score < one.score <= 1
            if one.mask is not None:
                assert one.mask.shape == (y2 - y1, x2 - x1)
                assert all(edge.any() for edge in (one.mask[0], one.mask[-1], one.mask[:, 0], one.mask[:, -1]))


def test_no_answer_depends_on_the_other_questions(detector: NounDetector) -> None:
    questions = [(image, noun) for image in SHAPES[:2] for noun in ("dog", "a car with a boat", "cat")]
    together = detector.find(questions)
    backwards = detector.find(questions[::-1])[::-1]
    alone = [detector.find([question])[0] for question in questions]

    assert all(_same(*pair) for pair in zip(together, alone, strict=True))
    assert all(_same(*pair) for pair in zip(backwards, alone, strict=True))
    assert not _same(together[0], together[1])


def test_no_questions_have_no_answers(detector: NounDetector) -> None:
    assert detector.find([]) == []


def test_a_noun_of_any_length_is_read(detector: NounDetector) -> None:
    assert len(detector.find([(PHOTO, "dog " * 200)])) == 1


def test_out_of_memory_goes_on_with_half_the_nouns(kind: str, folders: dict[str, Path]) -> None:
    halved: list[int] = []
    small = _load(kind, folders[kind], lambda: halved.append(1), at_once=4)
    refused: list[int] = []

    def refuse(*_: object, **__: object) -> None:
        if not refused:
            refused.append(1)
            raise torch.OutOfMemoryError("too many rows")

    model = small.model if kind == "sam3" else small.__dict__["_model"]
    part = model.detr_encoder if kind == "sam3" else model
    part.register_forward_pre_hook(refuse)
    found = small.find([(PHOTO, "dog"), (PHOTO, "cat")])

    assert halved == [1]
    assert all(
        _same(*pair)
        for pair in zip(found, _load(kind, folders[kind]).find([(PHOTO, "dog"), (PHOTO, "cat")]), strict=True)
    )


def test_sam3_encodes_an_image_once_for_all_its_nouns(folders: dict[str, Path]) -> None:
    detector = _load("sam3", folders["sam3"])
    seen: list[int] = []
    detector.model.vision_encoder.register_forward_hook(lambda _, __, out: seen.append(1))
    detector.find([(PHOTO, "dog"), (PHOTO, "cat"), (PHOTO, "car")])

    assert seen == [1]


def test_sam3_finds_what_transformers_finds(folders: dict[str, Path]) -> None:
    image = np.ascontiguousarray(PHOTO[:112, :112])
    detector = _load("sam3", folders["sam3"])
    tokenizer = detector.__dict__["_tokenizer"]
    text = tokenizer(["dog"], padding="max_length", max_length=32, return_tensors="pt")
    theirs = Sam3ImageProcessor(size={"height": 112, "width": 112})
    pixels = theirs(Image.fromarray(image), return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        answer = detector.model(pixel_values=pixels, **text)
    expected = theirs.post_process_instance_segmentation(answer, threshold=0.5, target_sizes=[(112, 112)])[0]
    (found,) = detector.find([(image, "dog")])

    assert np.allclose([one.score for one in found], sorted(expected["scores"].tolist(), reverse=True), atol=1e-3)
    shares = sorted(float(mask.float().mean()) for mask in expected["masks"])
    assert np.allclose(sorted(one.mask.sum() / 112**2 for one in found if one.mask is not None), shares, atol=0.01)


def test_grounding_dino_finds_what_transformers_finds(folders: dict[str, Path]) -> None:
    image = np.ascontiguousarray(PHOTO[:64, :80])
    detector = _load("grounding_dino", folders["grounding_dino"])
    tokenizer, model = detector.__dict__["_tokenizer"], detector.__dict__["_model"]
    text = tokenizer(["dog."], padding="max_length", max_length=16, return_tensors="pt", return_token_type_ids=True)
    mean, deviation = (torch.tensor(one) for one in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    pixels = ((torch.from_numpy(image) / 255 - mean) / deviation).permute(2, 0, 1)[None]
    with torch.inference_mode():
        answer = model(pixel_values=pixels, **text)
    theirs = GroundingDinoProcessor(GroundingDinoImageProcessor(), tokenizer)
    expected = theirs.post_process_grounded_object_detection(answer, threshold=0.3, target_sizes=[(64, 80)])[0]
    order = expected["scores"].argsort(descending=True)
    (found,) = detector.find([(image, "dog")])

    assert np.allclose([one.score for one in found], expected["scores"][order], atol=1e-4)
    ours = np.array([one.box for one in found])
    for box in expected["boxes"].numpy().clip(0, [80, 64, 80, 64]):  # in any order: several have one score
        assert np.abs(ours - box).max(1).min() <= 1.0


def test_sam3s_folder_holds_its_tracker_too(folders: dict[str, Path]) -> None:
    folder = model_folder(str(folders["sam3"]), "SETTING", stage="detection")

    assert load_pretrained(Sam3TrackerModel, folder, "SETTING").config.vision_config.image_size == 112


def test_a_folder_of_the_other_detector_is_refused_with_the_setting_that_takes_it(
    kind: str, folders: dict[str, Path]
) -> None:
    (name,) = set(KINDS) - {kind}
    with pytest.raises(ValueError, match=f"SETTING: .* that is for IMGDIFF_DETECTION_BACKEND={name}"):
        _load(kind, folders[name])


def test_a_folder_without_a_vocabulary_is_refused(kind: str, tmp_path: Path) -> None:
    KINDS[kind][1](tmp_path)
    for file in ("tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json"):
        (tmp_path / file).unlink(missing_ok=True)
    with pytest.raises(ValueError, match=r"SETTING: .* has no vocabulary"):
        _load(kind, tmp_path)


def test_a_folder_that_states_no_normalisation_is_refused(kind: str, tmp_path: Path) -> None:
    KINDS[kind][1](tmp_path)
    for file in ("preprocessor_config.json", "processor_config.json"):
        if (tmp_path / file).is_file():
            change_config(tmp_path / file, image_mean=None, image_processor=None)
    with pytest.raises(ValueError, match=r"SETTING: .* no usable size, mean and deviation"):
        _load(kind, tmp_path)
