"""Whatever two images are posted, the verdict is sound and says why; nothing raises, and a refusal names its limit."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from imgdiff.boxes import intersection
from imgdiff.images import RGB
from imgdiff.records import Box, Verdict
from imgdiff.stages import Detection, DetectionRequest
from services.detection.backends import create_engine
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.serving.engine import Ticket
from tests.services.detection.odd_answers import BACKENDS, codes_of, kept_boxes, require_sound

Detect = Callable[[RGB, RGB], Detection]


WORD: Box = (400, 208, 492, 240)


WORDS = "the quick brown fox jumps over a lazy dog while every line of this page is set in one plain type"


@pytest.fixture(scope="module", params=BACKENDS)
def detect(request: pytest.FixtureRequest) -> Detect:
    engine = create_engine(DetectionSettings(backend=request.param, threads=1))
    assert isinstance(engine, DetectionEngine)
    engine.warm_up()

    def run(image1: RGB, image2: RGB) -> Detection:
        answer = engine.run([Ticket(PairWork(image1, image2, DetectionRequest()))])[0]
        assert isinstance(answer, Detection), answer
        return require_sound(answer, image1)

    return run


@pytest.fixture(scope="module")
def small(photo: RGB) -> RGB:
    """The photo at half its size, which takes half the time to register."""
    return _half(photo)


def _half(image: RGB) -> RGB:
    return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _plain(height: int, width: int, level: int) -> RGB:
    return np.full((height, width, 3), level, np.uint8)


def _stated(answer: Detection) -> list[str]:
    return [change.kind.value for change in answer.pair_changes if not change.harmless]


UNRELATED = [("astronaut", "rocket"), ("astronaut", "chelsea"), ("coffee", "rocket")]


@pytest.mark.parametrize("names", UNRELATED)
def test_two_photos_of_different_things_are_unrelated(detect: Detect, names: tuple[str, str]) -> None:
    one, two = (_half(getattr(data, name)()) for name in names)

    found = detect(one, two)

    assert found.verdict is Verdict.UNRELATED
    assert {"pair.unrelated", "alignment.not_found"} <= codes_of(found)


def test_two_photos_that_look_alike_as_a_whole_are_not_compared(detect: Detect) -> None:
    found = detect(_half(data.astronaut()), _half(data.coffee()))

    assert found.verdict in {Verdict.UNRELATED, Verdict.UNDETERMINED}
    assert not [region for region in found.regions if region.kept]


def test_blank_images_of_other_shapes_are_not_called_the_same(detect: Detect) -> None:
    assert detect(_plain(20, 2000, 255), _plain(2000, 20, 255)).verdict is Verdict.UNDETERMINED
    assert detect(_plain(300, 400, 255), _plain(400, 300, 255)).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(("height", "width"), [(16, 16), (1, 4000), (4000, 1), (480, 640)])
def test_black_and_almost_black_are_the_same(detect: Detect, height: int, width: int) -> None:
    assert detect(_plain(height, width, 0), _plain(height, width, 1)).verdict is Verdict.SAME


@pytest.mark.parametrize("side", [20, 400])
def test_a_blank_page_of_another_colour_is_a_change(detect: Detect, side: int) -> None:
    found = detect(_plain(side, side, 247), _plain(side, side, 255))

    assert [region.box for region in found.regions if region.kept] == [(0, 0, side, side)]


def test_a_changed_quarter_of_a_stamp_of_16_pixels_is_found(detect: Detect) -> None:
    edited = _plain(16, 16, 200)
    edited[8:, 8:] = 20

    boxes = kept_boxes(detect(_plain(16, 16, 200), edited))

    assert [box for box in boxes if intersection(box, (8, 8, 16, 16)) == 64]


def test_a_changed_stretch_of_a_line_of_4000_pixels_is_found(detect: Detect) -> None:
    edited = _plain(1, 4000, 200)
    edited[:, 1000:1400] = 20

    boxes = kept_boxes(detect(_plain(1, 4000, 200), edited))

    assert [box for box in boxes if intersection(box, (1000, 0, 1400, 1)) > 350]


@pytest.mark.parametrize("other", [(1, 1), (16, 16), (4000, 1), (1, 4000), (700, 900)])
def test_images_of_the_oddest_sizes_are_compared(detect: Detect, small: RGB, other: tuple[int, int]) -> None:
    odd = np.asarray(cv2.resize(small, other, interpolation=cv2.INTER_AREA), np.uint8)

    assert detect(small, odd).verdict in set(Verdict)
    assert detect(odd, small).verdict in set(Verdict)


def test_a_crop_is_laid_where_it_comes_from_and_called_one(detect: Detect, small: RGB) -> None:
    found = detect(small, np.ascontiguousarray(small[45:215, 65:250]))

    assert (_stated(found), kept_boxes(found), found.alignment.applied) == (["cropped"], [], True)
    assert np.allclose(np.asarray(found.alignment.matrix)[:2, 2], (-65, -45), atol=0.5)


def test_the_whole_photo_after_a_crop_extends_it(detect: Detect, small: RGB) -> None:
    found = detect(np.ascontiguousarray(small[45:215, 65:250]), small)

    assert (_stated(found), kept_boxes(found)) == (["extended"], [])


def test_a_mirrored_copy_is_laid_over_as_an_affine_that_flips(detect: Detect, small: RGB) -> None:
    found = detect(small, np.ascontiguousarray(small[:, ::-1]))

    assert (_stated(found), kept_boxes(found)) == (["mirrored"], [])
    assert (found.verdict, found.alignment.model, found.alignment.applied) == (Verdict.DIFFERENT, "affine", True)
    assert np.linalg.det(np.asarray(found.alignment.matrix)[:2, :2]) < 0


def test_what_changed_in_a_mirrored_copy_is_found_where_it_is_in_the_first(
    detect: Detect, small: RGB, pasted: RGB
) -> None:
    boxes = kept_boxes(detect(small, np.ascontiguousarray(_half(pasted)[:, ::-1])))

    assert any(intersection(box, (20, 150, 68, 198)) > 1150 for box in boxes)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_copy_is_laid_over_and_called_turned(detect: Detect, small: RGB, turns: int) -> None:
    oblong = np.ascontiguousarray(small[:200])

    found = detect(oblong, np.ascontiguousarray(np.rot90(oblong, turns)))

    assert (_stated(found), kept_boxes(found)) == (["rotated"], [])
    assert (found.verdict, found.alignment.model, found.alignment.applied) == (Verdict.DIFFERENT, "euclidean", True)


def _page(changed: bool = False) -> RGB:
    """A page of 700 x 450 pixels set in 22 pixels; in the changed one a word of line 5 is another at `WORD`."""
    page = Image.new("RGB", (700, 450), "white")
    pen, font, known = ImageDraw.Draw(page), ImageFont.load_default(22), WORDS.split()
    for line in range(11):
        words = [known[(line * 7 + place) % len(known)] for place in range(6)]
        pen.text((50, 50 + 33 * line), " ".join(words), "black", font)
    pen.rectangle(WORD, "white")
    pen.text((WORD[0] + 4, WORD[1] + 4), "seven" if changed else "three", "black", font)
    return np.asarray(page)


def _scanned(page: RGB, degrees: float, seed: int) -> RGB:
    """On paper that is not quite white, skewed, a little soft and noisy, through JPEG 85."""
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    skewed = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    soft = cv2.GaussianBlur(skewed, (0, 0), 0.7) * 0.9 + 12
    noisy = (soft + np.random.default_rng(seed).normal(0, 4, page.shape)).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=85)
    return np.asarray(Image.open(out))


@pytest.mark.parametrize("degrees", [0.0, 0.5])
def test_a_page_scanned_twice_is_the_same(detect: Detect, degrees: float) -> None:
    assert detect(_scanned(_page(), 0, 1), _scanned(_page(), degrees, 2)).verdict is Verdict.SAME


@pytest.mark.parametrize("degrees", [0.0, 0.5])
def test_a_changed_word_of_a_scanned_page_is_found(detect: Detect, degrees: float) -> None:
    found = detect(_scanned(_page(), 0, 1), _scanned(_page(changed=True), degrees, 2))

    assert found.verdict is Verdict.DIFFERENT
    assert all(intersection(box, WORD) > 0 for box in kept_boxes(found))


def test_a_changed_word_of_a_page_of_two_colours_is_found(detect: Detect) -> None:
    one, two = (np.where(_page(changed) > 128, 255, 0).astype(np.uint8) for changed in (False, True))

    boxes = kept_boxes(detect(one, two))

    assert boxes
    assert all(intersection(box, WORD) > 0 for box in boxes)
