"""What every perception keeps: the embedded networks and the pixels alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.backends.embedded import EmbeddedPerception
from services.detection.backends.pixels import PixelPerception
from services.detection.perception import Perception
from services.detection.thresholds import CODES

PLACE = np.s_[300:396, 40:136]  # of `pasted`
BACKENDS: dict[str, Callable[[int], Perception]] = {"embedded": EmbeddedPerception, "pixels": PixelPerception}


@pytest.fixture(scope="module", params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> Perception:
    made = BACKENDS[request.param](2)
    made.warm_up()
    return made


def test_it_has_a_name_and_thresholds_that_a_request_can_name(backend: Perception) -> None:
    assert BACKENDS[backend.name]
    assert set(backend.thresholds) <= set(CODES)
    assert backend.map_threshold > 0
    assert all(model.stage == "detection" and model.sha256 for model in backend.models)


def test_the_change_map_has_the_images_size_and_peaks_at_the_change(
    backend: Perception, photo: RGB, pasted: RGB
) -> None:
    change = backend.change_map(photo, pasted)
    inside = np.zeros(photo.shape[:2], bool)
    inside[PLACE] = True

    assert (change.shape, change.dtype) == (photo.shape[:2], np.float32)
    assert change.min() >= 0
    assert inside[np.unravel_index(change.argmax(), change.shape)]
    assert change[PLACE].mean() > backend.map_threshold > change[~inside].mean()


def test_equal_images_show_no_change(backend: Perception, photo: RGB) -> None:
    assert backend.change_map(photo, photo.copy()).max() < backend.map_threshold / 10


@pytest.mark.parametrize("level", [0, 255])
def test_images_without_any_structure_show_no_change(backend: Perception, level: int) -> None:
    flat = np.full((70, 90, 3), level, np.uint8)
    change = backend.change_map(flat, flat.copy())

    assert np.isfinite(change).all()
    assert change.max() < backend.map_threshold / 10


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (1, 4000), (4000, 1), (3, 500)])
def test_any_shape_gets_its_maps(backend: Perception, shape: tuple[int, int]) -> None:
    one = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    two = np.ascontiguousarray(255 - one)
    change, novelty = backend.change_map(one, two), backend.novelty(one, two)

    assert change.shape == shape
    assert np.isfinite(change).all()
    assert novelty is None or (novelty.shape == shape and np.isfinite(novelty).all())


def test_the_same_question_has_the_same_answer(backend: Perception, photo: RGB, pasted: RGB) -> None:
    assert np.array_equal(backend.change_map(photo, pasted), backend.change_map(photo, pasted))


def test_an_image_is_not_changed_by_looking_at_it(backend: Perception, photo: RGB, pasted: RGB) -> None:
    before = photo.copy(), pasted.copy()
    backend.change_map(photo, pasted)
    backend.novelty(photo, pasted)

    assert np.array_equal(photo, before[0])
    assert np.array_equal(pasted, before[1])


def test_several_threads_get_what_one_would_get(backend: Perception, photo: RGB, pasted: RGB, cat: RGB) -> None:
    small = [(photo[:96, :96], cat), (cat, photo[:96, :96]), (photo[200:300, 100:260], pasted[300:400, :160])]
    alone = [backend.change_map(*pair) for pair in small]
    before = backend.rows
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda at: backend.change_map(*small[at % 3]), range(12)))

    assert all(np.array_equal(change, alone[at % 3]) for at, change in enumerate(together))
    assert backend.rows - before == (48 if backend.models else 0)  # two networks see both images


def test_novelty_has_image1s_size_and_is_high_where_image2_has_nothing_like_it(
    backend: Perception, photo: RGB, pasted: RGB
) -> None:
    other = np.ascontiguousarray(cv2.resize(photo, (300, 400), interpolation=cv2.INTER_AREA))
    novelty = backend.novelty(pasted, other)
    if backend.name == "pixels":
        assert novelty is None
        return
    assert novelty is not None
    assert novelty.shape == pasted.shape[:2]
    assert 0 <= novelty.min() <= novelty.max() <= 1
    assert novelty[PLACE].mean() > 1.5 * novelty.mean()


# how alike crops are


def test_similarities_keep_the_order_and_do_not_depend_on_each_other(
    backend: Perception, photo: RGB, pasted: RGB, cat: RGB
) -> None:
    crops = [cat, photo[:100, :80], np.ascontiguousarray(photo[PLACE]), photo[:1, :400], cat]
    others = [cat.copy(), photo[100:200, :80], np.ascontiguousarray(pasted[PLACE]), photo[9:10, :400], photo[:9, :9]]
    together = backend.similarities(crops, others)
    alone = [backend.similarities([one], [two])[0] for one, two in zip(crops, others, strict=True)]
    backwards = backend.similarities(crops[::-1], others[::-1])[::-1]

    assert together == alone == backwards
    assert all(value is None for value in together) is (backend.name == "pixels")
    assert all(value is None or -1 <= value <= 1 for value in together)
    assert together[0] in (None, pytest.approx(1, abs=1e-3))


def test_no_crops_have_no_similarities(backend: Perception) -> None:
    assert backend.similarities([], []) == []
