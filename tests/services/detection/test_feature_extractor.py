"""What every feature extractor keeps: the embedded networks and the pixels alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.rules.thresholds import DETECTION
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.backends.pixels import PixelExtractor
from services.detection.feature_extractor import FeatureExtractor, NetworkDistances
from services.imaging.vectors import cosine

PLACE = np.s_[300:396, 40:136]  # of `pasted`
BACKENDS: dict[str, Callable[[int], FeatureExtractor]] = {"embedded": EmbeddedExtractor, "pixels": PixelExtractor}


@pytest.fixture(scope="module", params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> FeatureExtractor:
    made = BACKENDS[request.param](1)
    made.warm_up()
    return made


def _maps(seen: NetworkDistances | None) -> list[np.ndarray]:
    """None of a backend without networks."""
    return [] if seen is None else [seen.texture, seen.shallow, seen.deep, seen.slack]


def test_it_has_a_name_and_thresholds_that_a_request_can_name(backend: FeatureExtractor) -> None:
    assert BACKENDS[backend.name]
    assert set(backend.thresholds) <= set(DETECTION)
    assert backend.models[-1].name == "change-head"
    assert all(model.stage == "detection" and len(model.sha256) == 64 for model in backend.models)


def test_distances_have_the_images_size_and_are_largest_at_the_change(
    backend: FeatureExtractor, photo: RGB, pasted: RGB
) -> None:
    seen = backend.measure_distances(photo, pasted)
    outside = np.ones(photo.shape[:2], bool)
    outside[PLACE] = False

    for values in _maps(seen):
        assert (values.shape, values.dtype) == (photo.shape[:2], np.float32)
        assert values.min() >= 0
        assert values[PLACE].mean() > 2 * values[outside].mean()
    assert (seen is None) is (backend.name == "pixels")


def test_equal_images_have_no_distance(backend: FeatureExtractor, photo: RGB) -> None:
    assert max((values.max() for values in _maps(backend.measure_distances(photo, photo.copy()))), default=0.0) < 0.01


@pytest.mark.parametrize("shape", [(64, 64), (64, 800), (300, 70)])
def test_any_shape_has_its_maps_and_its_tokens(backend: FeatureExtractor, shape: tuple[int, int]) -> None:
    one = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    tokens = backend.extract_tokens(one)

    assert all(values.shape == shape for values in _maps(backend.measure_distances(one, 255 - one)))
    assert (tokens is None) is (backend.name == "pixels")
    assert tokens is None or (tokens.ndim == 4 and np.isfinite(tokens).all())


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (3, 500)])
def test_the_narrowest_image_has_tokens_or_the_backend_none(backend: FeatureExtractor, shape: tuple[int, int]) -> None:
    tokens = backend.extract_tokens(np.zeros((*shape, 3), np.uint8))

    assert tokens is None or np.isfinite(tokens).all()


def test_the_same_question_has_the_same_answer(backend: FeatureExtractor, photo: RGB, pasted: RGB) -> None:
    one, two = (_maps(backend.measure_distances(photo, pasted)) for _ in range(2))

    assert all(np.array_equal(*both) for both in zip(one, two, strict=True))


def test_an_image_is_not_changed_by_looking_at_it(backend: FeatureExtractor, photo: RGB, pasted: RGB) -> None:
    before = photo.copy(), pasted.copy()
    backend.measure_distances(photo, pasted)
    backend.extract_tokens(photo)

    assert np.array_equal(photo, before[0])
    assert np.array_equal(pasted, before[1])


def test_several_threads_get_what_one_would_get(backend: FeatureExtractor, photo: RGB, pasted: RGB, cat: RGB) -> None:
    small = [(photo[:96, :96], cat), (cat, photo[:96, :96]), (photo[200:300, 100:260], pasted[300:400, :160])]
    alone = [_maps(backend.measure_distances(*pair)) for pair in small]
    before = backend.rows
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda at: _maps(backend.measure_distances(*small[at % 3])), range(12)))

    for at, maps in enumerate(together):
        assert all(np.array_equal(*both) for both in zip(maps, alone[at % 3], strict=True))
    assert backend.rows - before == (48 if backend.name == "embedded" else 0)  # two networks see both images


def test_tokens_are_far_apart_where_the_other_image_has_nothing_alike(
    backend: FeatureExtractor, photo: RGB, pasted: RGB
) -> None:
    one, two = backend.extract_tokens(pasted), backend.extract_tokens(np.asarray(cv2.flip(photo, 0), np.uint8))
    if one is None or two is None:
        assert backend.name == "pixels"
        return
    rows, columns = one.shape[1:3]
    alike = one[0].reshape(rows * columns, -1) @ two[0].reshape(rows * columns, -1).T
    lost = (1 - alike.max(1)).reshape(rows, columns)

    assert lost[rows * 320 // 512 : rows * 380 // 512, columns * 60 // 512 : columns * 120 // 512].mean() > lost.mean()


# crops as vectors


def test_vectors_keep_the_order_and_do_not_depend_on_each_other(
    backend: FeatureExtractor, photo: RGB, pasted: RGB, cat: RGB
) -> None:
    crops = [cat, photo[:100, :80], np.ascontiguousarray(pasted[PLACE]), photo[:1, :400], cat.copy()]
    together = backend.embed(crops)
    if together is None:
        assert backend.name == "pixels"
        return
    alone = [backend.embed([crop]) for crop in crops]
    backwards = backend.embed(crops[::-1])

    assert backwards is not None
    assert np.array_equal(together, backwards[::-1])
    assert all(one is not None and np.array_equal(one[0], row) for one, row in zip(alone, together, strict=True))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.array_equal(together[0], together[4])


def test_no_crops_have_no_vectors(backend: FeatureExtractor) -> None:
    none = backend.embed([])

    assert none is None or len(none) == 0


def test_a_distinct_crop_goes_through_the_networks_once(extractor: EmbeddedExtractor, photo: RGB, cat: RGB) -> None:
    before = extractor.rows
    rows = extractor.embed([photo, cat, photo, cat.copy()])

    assert extractor.rows - before == 2 * 2  # two networks, two images
    assert cosine(rows[1], rows[3]) == 1
    assert cosine(rows[0], rows[1]) < 0.5
