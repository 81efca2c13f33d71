"""Pairs that nobody hoped for get a sound verdict with reasons, never an exception."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from imgdiff.boxes import iou
from imgdiff.errors import InvalidImage
from imgdiff.images import RGB, ImageLimits, decode
from imgdiff.records import Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends import create_engine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.serving.engine import Ticket

Ask = Callable[[RGB, RGB], Detection]


@pytest.fixture(scope="module", params=["embedded", "pixels"])
def ask(request: pytest.FixtureRequest) -> Ask:
    engine = create_engine(DetectionSettings(backend=request.param, threads=1))
    engine.warm_up()

    def run(image1: RGB, image2: RGB) -> Detection:
        (answer,) = engine.run([Ticket(PairWork(image1, image2, DetectionRequest()))])
        assert isinstance(answer, Detection), answer
        height, width = image1.shape[:2]
        assert all(0 <= r.box[0] < r.box[2] <= width and 0 <= r.box[1] < r.box[3] <= height for r in answer.regions)
        assert answer.regions == () or answer.verdict is not Verdict.SAME or not any(r.kept for r in answer.regions)
        assert all(region.kept or region.reasons for region in answer.regions)
        return answer

    return run


def _codes(answer: Detection) -> set[str]:
    return {reason.code for reason in answer.reasons}


def test_two_unrelated_photos_say_so(ask: Ask, photo: RGB, cat: RGB) -> None:
    answer = ask(photo, np.asarray(cv2.resize(cat, (640, 427), interpolation=cv2.INTER_CUBIC), np.uint8))

    assert answer.verdict is Verdict.UNRELATED
    assert {"pair.unrelated", "alignment.not_found"} <= _codes(answer)


@pytest.mark.parametrize("shape", [(480, 640), (16, 16), (1, 4000), (4000, 1), (1, 1)])
def test_black_pairs_are_the_same(ask: Ask, shape: tuple[int, int]) -> None:
    answer = ask(np.zeros((*shape, 3), np.uint8), np.zeros((*shape, 3), np.uint8))

    assert (answer.verdict, answer.confidence) == (Verdict.SAME, 1.0)
    assert _codes(answer) == {"pair.identical"}


def test_black_pairs_of_two_sizes_are_the_same(ask: Ask) -> None:
    answer = ask(np.zeros((480, 640, 3), np.uint8), np.zeros((240, 320, 3), np.uint8))

    assert answer.verdict is Verdict.SAME


@pytest.mark.parametrize("shape", [(16, 16), (1, 4000), (4000, 1), (5, 900)])
def test_black_and_white_differ_everywhere_at_any_shape(ask: Ask, shape: tuple[int, int]) -> None:
    answer = ask(np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8))

    assert answer.verdict in {Verdict.DIFFERENT, Verdict.UNRELATED}
    assert answer.reasons or answer.regions


@pytest.mark.parametrize("shape", [(16, 16), (1, 4000), (40, 31)])
def test_noise_of_any_shape_gets_an_answer(ask: Ask, shape: tuple[int, int]) -> None:
    one, two = (np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8) for seed in (1, 2))

    assert ask(one, two).verdict in set(Verdict)


def test_a_huge_pair_is_answered_in_its_own_pixels(ask: Ask, photo: RGB) -> None:
    huge = np.asarray(cv2.resize(photo, (7000, 5000), interpolation=cv2.INTER_LINEAR), np.uint8)
    edited = huge.copy()
    edited[2000:2600, 3000:4000] = (240, 30, 30)
    answer = ask(huge, edited)

    assert iou(answer.regions[0].box, (3000, 2000, 4000, 2600)) > 0.8


def test_a_crop_differs_as_a_whole_and_nowhere_in_what_both_show(ask: Ask, photo: RGB) -> None:
    answer = ask(photo, np.ascontiguousarray(photo[60:460, 40:500]))

    assert answer.verdict is Verdict.DIFFERENT
    assert "cropped" in {change.kind for change in answer.pair_changes}
    assert not any(region.kept for region in answer.regions)
    assert answer.alignment.applied
    assert answer.alignment.score > 0.9


@pytest.mark.parametrize("degrees", [5, 90, 180])
def test_a_rotation_is_found_and_undone(ask: Ask, photo: RGB, degrees: int) -> None:
    matrix = cv2.getRotationMatrix2D((256, 256), degrees, 1.0)
    turned = cv2.warpAffine(photo, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    answer = ask(photo, np.asarray(turned, np.uint8))

    assert answer.alignment.applied
    assert answer.verdict is Verdict.DIFFERENT
    assert "rotated" in {change.kind for change in answer.pair_changes}
    assert not any(region.kept for region in answer.regions)


def test_a_mirrored_photo_is_one_scene(ask: Ask, photo: RGB) -> None:
    answer = ask(photo, np.ascontiguousarray(photo[:, ::-1]))

    assert answer.verdict is not Verdict.UNRELATED or "alignment.not_found" in _codes(answer)
    assert answer.alignment.applied or "alignment.not_found" in _codes(answer)


def test_a_transparent_picture_lies_on_white(ask: Ask) -> None:
    drawn = Image.new("RGBA", (200, 160), (0, 0, 0, 0))
    drawn.paste((200, 30, 30, 255), (60, 40, 120, 100))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    answer = ask(decode(out.getvalue(), "/image1", ImageLimits()), np.full((160, 200, 3), 255, np.uint8))

    assert iou(answer.regions[0].box, (60, 40, 120, 100)) > 0.8


def test_a_size_beyond_the_limit_is_refused_with_the_limit() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")

    with pytest.raises(InvalidImage, match=r"/image2.*64000000 pixels and 16384 pixels a side"):
        decode(out.getvalue(), "/image2", ImageLimits())


def _page(word: str) -> RGB:
    page = np.full((700, 560, 3), 250, np.uint8)
    for line in range(18):
        text = "lorem ipsum dolor sit amet" if line != 8 else f"lorem ipsum {word} sit amet"
        cv2.putText(page, text, (30, 50 + 36 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2, cv2.LINE_AA)
    return page


def _scanned(page: RGB, seed: int, degrees: float) -> RGB:
    matrix = cv2.getRotationMatrix2D((280, 350), degrees, 1.0)
    turned = cv2.warpAffine(page, matrix, (560, 700), flags=cv2.INTER_LINEAR, borderValue=(250, 250, 250))
    grain = np.random.default_rng(seed).normal(0, 3, turned.shape)
    return np.rint((turned + grain).clip(0, 255)).astype(np.uint8)


def test_a_page_scanned_twice_is_the_same(ask: Ask) -> None:
    assert ask(_scanned(_page("dolor"), 1, 0.0), _scanned(_page("dolor"), 2, 0.5)).verdict is Verdict.SAME


def test_the_one_changed_word_of_a_scan_is_found(ask: Ask) -> None:
    answer = ask(_scanned(_page("dolor"), 1, 0.0), _scanned(_page("MAGNA"), 2, 0.5))
    kept = [region.box for region in answer.regions if region.kept]

    assert kept
    assert any(box[1] < 345 and box[3] > 310 and box[0] < 330 and box[2] > 210 for box in kept)
