"""Networks' results of recent images: known again by pixels, bounded in bytes, and the same bit for bit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from imgdiff.images import RGB
from services.detection.backends.embedded import EmbeddedExtractor
from services.imaging.arrays import Floats
from services.networks.detector import ObjectDetector
from services.networks.feature_cache import FeatureCache
from services.serving.metrics import ServiceMetrics
from tests.services.networks.conftest import Photo


class Means:
    """A network that keeps what it was run on."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, images: list[RGB]) -> list[Floats]:
        self.seen += [int(image[0, 0, 0]) for image in images]
        return [np.full(10, image.mean(), np.float32) for image in images]


def _image(level: int) -> RGB:
    return np.full((4, 4, 3), level, np.uint8)


def test_equal_pixels_go_through_a_network_once() -> None:
    outcomes: list[tuple[bool, int]] = []
    network, cache = Means(), FeatureCache(1000, lambda *outcome: outcomes.append(outcome))

    first, second, third = cache.get_all("means", [_image(1), _image(2), _image(1)], network)
    (again,) = cache.get_all("means", [_image(2)], network)

    assert network.seen == [1, 2]
    assert (first[0], second[0], third[0], again[0]) == (1, 2, 1, 2)
    assert outcomes == [(False, 40), (False, 80), (True, 80)]


def test_another_network_and_another_shape_have_their_own_values() -> None:
    network, cache = Means(), FeatureCache(1000)
    wide = _image(1).reshape(2, 8, 3)

    for name, image in (("one", _image(1)), ("other", _image(1)), ("one", wide)):
        cache.get_all(name, [image], network)

    assert network.seen == [1, 1, 1]


def test_what_was_used_least_recently_is_dropped_beyond_the_bytes() -> None:
    network, cache = Means(), FeatureCache(80)  # two values of ten numbers

    for level in (1, 2, 1, 3, 1, 2):
        cache.get_all("means", [_image(level)], network)

    assert network.seen == [1, 2, 3, 2]
    assert cache.bytes == 80


def test_without_room_nothing_is_kept_and_what_is_too_large_pushes_nothing_out() -> None:
    network, none, small = Means(), FeatureCache(0), FeatureCache(50)
    small.get("means", _image(1), lambda: np.zeros(10, np.float32))
    small.get("means", _image(2), lambda: np.zeros(100, np.float32))

    for _ in range(2):
        none.get_all("means", [_image(1)], network)

    assert network.seen == [1, 1]
    assert (none.bytes, small.bytes) == (0, 40)


def test_a_row_that_is_kept_keeps_no_larger_array_alive() -> None:
    cache = FeatureCache(1000)

    (row,) = cache.get_all("rows", [_image(1)], lambda _: list(np.zeros((100, 10), np.float32))[:1])

    assert row.base is None
    assert cache.bytes == 40


def test_threads_that_fill_it_at_once_get_their_own_values_and_stay_within_the_bytes() -> None:
    cache = FeatureCache(200)  # five values of ten numbers

    def ask(turn: int) -> bool:
        level = turn * 7 % 11
        (value,) = cache.get_all("means", [_image(level)], Means())
        return bool((value == level).all()) and cache.bytes <= 200

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(2000)))
    assert cache.bytes == 200


def test_hits_misses_and_bytes_are_in_the_metrics() -> None:
    metrics = ServiceMetrics("detection")
    cache = FeatureCache(1000, metrics.remembered)
    for _ in range(3):
        cache.get_all("means", [_image(1)], Means())

    series = metrics.exposition().decode()

    assert 'imgdiff_features_total{outcome="hit",service="detection"} 2.0' in series
    assert 'imgdiff_features_total{outcome="miss",service="detection"} 1.0' in series
    assert 'imgdiff_features_bytes{service="detection"} 40.0' in series


def test_nobody_writes_into_what_requests_share() -> None:
    cache = FeatureCache(1000)

    assert not cache.get("means", _image(1), lambda: np.zeros(10, np.float32)).flags.writeable


def test_the_detector_finds_the_same_again_by_its_threshold(photo: Photo) -> None:
    image, outcomes = photo("astronaut.png"), list[bool]()
    detector = ObjectDetector(1, FeatureCache(25_000, lambda known, _: outcomes.append(known)))  # one image's objects

    found = [detector.detect(image, threshold) for threshold in (0.3, 0.3, 0.1, 0.3)]

    assert found[0] == found[1] == found[3]
    assert len(found[2]) > len(found[0])
    assert outcomes == [False, True, False, False]


def test_a_photo_is_read_once_for_all_its_edits(photo: Photo) -> None:
    image = photo("astronaut.png")
    edits = [np.roll(image, shift, axis=0) for shift in (3, 9)]
    extractor = EmbeddedExtractor(1, FeatureCache(10**8))
    for edit in edits:
        extractor.measure_distances(image, edit)
        extractor.embed([image, edit])

    # An LPIPS of two images for each edit, and for each distinct image its tokens and both networks of its embedding.
    assert extractor.rows == 2 * 2 + 3 * (1 + 2)


def test_what_is_known_is_what_the_networks_make_again_bit_for_bit(photo: Photo) -> None:
    image = photo("astronaut.png")
    edit = np.roll(image, 3, axis=0)
    cached, forgetting = (EmbeddedExtractor(1, FeatureCache(most)) for most in (10**8, 4 * 10**6))  # one image's tokens
    for extractor in (cached, forgetting):
        tokens = [extractor.extract_tokens(one) for one in (image, edit, image)]
        rows = [extractor.embed(crops) for crops in ([image, edit], [edit], [image])]

        assert np.array_equal(tokens[0], tokens[2])
        assert np.array_equal(rows[0], np.concatenate([rows[2], rows[1]]))
    assert (cached.rows, forgetting.rows) == (2 + 4, 3 + 4)
