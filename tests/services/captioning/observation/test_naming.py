"""What a thing is called, from the features of its crops."""

import numpy as np
import pytest

from imgdiff.evidence import WordSource
from services.captioning.observation.features import Features
from services.captioning.observation.naming import Name, Naming, name_probabilities, names, names_called
from services.networks.labels import coco_labels, imagenet_labels


def _features(detected: dict[str, float], classified: dict[str, float], in_place: dict[str, float] | None = None):
    scores = np.zeros((3, len(coco_labels())), np.float32)
    for label, score in detected.items():
        scores[:, coco_labels().index(label)] = score
    for label, score in (in_place or {}).items():
        scores[0, coco_labels().index(label)] = score
    classes = np.full((3, 1000), 1e-5, np.float32)
    for label, score in classified.items():
        classes[:, imagenet_labels().index(label)] = score
    return Features(scores, classes, (), np.ones(4, np.float32))


def test_a_thing_that_all_networks_agree_on_has_the_detectors_name_and_is_confirmed() -> None:
    name = name_probabilities(_features({"cup": 0.9}, {"coffee mug": 0.9}), 100).name()

    assert name is not None
    assert (name.label, name.source, name.confirmed) == ("cup", WordSource.DETECTOR, True)
    assert name.score > 0.9


def test_a_thing_that_the_classifiers_have_no_class_for_is_named_but_not_confirmed() -> None:
    name = name_probabilities(_features({"carrot": 0.9}, {}), 100).name()

    assert name is not None
    assert (name.label, name.confirmed) == ("carrot", False)


def test_classifiers_contradict_a_class_they_know_unless_the_thing_is_too_small_for_them() -> None:
    features = _features({"cup": 0.9}, {"violin": 0.9})
    large, small = (name_probabilities(features, side).name() for side in (200, 40))

    assert large is None
    assert small is not None
    assert small.label == "cup"


def test_a_thing_that_is_not_detected_in_place_or_too_small_has_no_name() -> None:
    alone = _features({"cup": 0.9}, {"coffee mug": 0.9}, {"cup": 0.1})

    assert name_probabilities(alone, 100).name() is None
    assert name_probabilities(_features({"cup": 0.9}, {"coffee mug": 0.9}), 12).name() is None


def test_a_class_that_only_the_classifiers_have_is_not_said_but_supports_a_word() -> None:
    naming = name_probabilities(_features({}, {"violin": 0.98}), 100)

    assert naming.name() is None
    assert naming.supports("violin") > 0.5


def test_several_likely_classes_of_one_kind_have_the_kinds_name() -> None:
    shares = np.zeros(len(names()), np.float32)
    shares[[names().index(label) for label in ("cow", "sheep")]] = 0.45

    assert Naming(shares).name() == Name("animal", pytest.approx(0.9), WordSource.DETECTOR)


def test_nothing_likely_has_no_name() -> None:
    assert name_probabilities(_features({}, {}), 100).name() is None


def test_things_that_were_counted_keep_their_noun() -> None:
    seen = Name("cup", 0.7, WordSource.DETECTOR)

    assert Naming(np.zeros(len(names()), np.float32), seen=seen).name() == seen


def test_a_noun_covers_every_class_that_may_be_called_so() -> None:
    called = {name for name, so in zip(names(), names_called("vehicle"), strict=True) if so}

    assert {"car", "truck"} <= called
    assert not called & {"dog", "cup"}
