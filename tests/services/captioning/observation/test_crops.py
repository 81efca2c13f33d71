"""A thing in its surroundings and alone."""

import tracemalloc

import numpy as np
import pytest

from imgdiff.boxes import iou
from imgdiff.images import RGB
from services.captioning.observation.crops import Networks, cut_out, extract_features
from services.networks.labels import coco_labels

CUP = (150, 10, 430, 320)


def test_a_cut_out_is_grey_outside_the_thing() -> None:
    inside = np.zeros((20, 30), bool)
    inside[5:15, 10:20] = True
    alone = cut_out(np.full((20, 30, 3), 250, np.uint8), inside)

    assert (alone[8:12, 13:17] == 250).all()
    assert (alone[:2] == 127).all()
    assert 127 < alone[10, 9, 0] < 250  # soft at the edge


def test_features_have_the_scores_of_three_crops_and_the_detections_around_the_box(before: RGB) -> None:
    inside = np.ones((310, 280), bool)
    features = extract_features(Networks.load(1), before, CUP, inside)

    assert features.detected.shape == (3, 80)
    assert features.classified.sum(axis=1) == pytest.approx(1, abs=0.1)
    assert coco_labels()[features.detected[0].argmax()] == "cup"
    assert max(iou(CUP, one.box) for one in features.around if one.label == "cup") > 0.5


@pytest.mark.parametrize("shape", [(1, 16_384), (16_384, 1), (3000, 2400)], ids=["a row", "a column", "large"])
def test_features_of_any_shape_take_little_memory(shape: tuple[int, int]) -> None:
    """A frame around a row of 16,384 pixels would have 2.4 billion."""
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    networks = Networks.load(1)
    tracemalloc.start()
    features = extract_features(networks, image, (0, 0, shape[1], shape[0]), np.ones(shape, bool))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert features.embedding.shape == (1280,)
    assert peak < 500e6
