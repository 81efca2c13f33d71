"""The detector on real photographs."""

import numpy as np
import pytest

from services.networks.detector import ObjectDetector, nms


@pytest.fixture(scope="module")
def detector():
    return ObjectDetector(threads=1)


def test_a_cup_of_coffee_is_found_where_it_stands(detector, photo):
    best = detector.detect(photo("coffee.png"))[0]

    assert best.label == "cup"
    assert best.score > 0.6
    assert np.abs(np.subtract(best.box, (165, 20, 415, 310))).max() < 40


@pytest.mark.parametrize(("name", "label"), [("astronaut.png", "person"), ("chelsea.png", "cat")])
def test_the_main_object_comes_first(detector, photo, name, label):
    assert detector.detect(photo(name))[0].label == label


def test_boxes_stay_inside_and_scale_with_the_picture(detector, photo):
    cat = photo("chelsea.png")
    small, large = detector.detect(cat)[0], detector.detect(cat.repeat(3, axis=0).repeat(3, axis=1))[0]

    assert np.abs(np.subtract(large.box, np.multiply(small.box, 3))).max() < 45
    assert large.box[2] <= cat.shape[1] * 3
    assert large.box[3] <= cat.shape[0] * 3


def test_a_higher_threshold_leaves_fewer(detector, photo):
    coffee = photo("coffee.png")

    assert {item.label for item in detector.detect(coffee, 0.7)} < {item.label for item in detector.detect(coffee)}


def test_an_empty_picture_shows_nothing(detector):
    assert detector.detect(np.full((200, 300, 3), 127, np.uint8), 0.5) == []


def test_the_classes_are_the_eighty_of_coco(detector):
    assert len(detector.labels) == 80


def test_of_two_overlapping_boxes_of_one_class_the_better_stays():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [40, 40, 50, 50]], np.float32)
    scores = np.array([0.5, 0.9, 0.3], np.float32)

    assert nms(boxes, scores, np.array([3, 3, 3])) == [1, 2]
    assert nms(boxes, scores, np.array([3, 4, 3])) == [1, 0, 2]
    assert nms(boxes[:0], scores[:0], np.array([], int)) == []
