"""What a thing is called, from the features of its crops."""

import numpy as np
import pytest

from imgdiff.evidence import WordSource
from services.captioning.observation.features import Features
from services.captioning.observation.naming import Name, Naming, combine, name_probabilities, names, names_called
from services.networks.labels import coco_labels, imagenet_labels


def _features(detected: dict[str, float], classified: dict[str, float], in_place: dict[str, float] | None = None):
    scores = np.zeros((3, len(coco_labels())), np.float32)
    for label, score in detected.items():
        scores[:, coco_labels().index(label)] = score
    for label, score in (in_place or {}).items():
        scores[0, coco_labels().index(label)] = score
    classes = np.full(1000, 1e-5, np.float32)
    for label, score in classified.items():
        classes[imagenet_labels().index(label)] = score
    return Features(scores, classes, (), np.ones(4, np.float32))


def test_a_thing_that_both_networks_agree_on_has_the_detectors_name() -> None:
    name = name_probabilities(_features({"cup": 0.9}, {"coffee mug": 0.9})).name()

    assert name is not None
    assert (name.label, name.source) == ("cup", WordSource.DETECTOR)
    assert name.score > 0.9


def test_a_class_that_only_the_classifier_has_is_named_by_it() -> None:
    name = name_probabilities(_features({}, {"violin": 0.98})).name()

    assert name is not None
    assert (name.label, name.source) == ("violin", WordSource.CLASSIFIER)


def test_several_likely_classes_of_one_kind_have_the_kinds_name() -> None:
    shares = np.zeros(len(names()), np.float32)
    shares[names().index("cup")] = 0.1
    shares[[names().index(label) for label in ("violin", "cello")]] = 0.4

    assert Naming(shares).name() == Name("musical instrument", pytest.approx(0.8), WordSource.CLASSIFIER)


def test_nothing_likely_has_no_name() -> None:
    assert name_probabilities(_features({}, {})).name() is None


@pytest.mark.parametrize(("small", "label"), [(False, None), (True, "bicycle")])
def test_cut_outs_contradict_the_surroundings_unless_they_are_coarse(small: bool, label: str | None) -> None:
    features = _features({}, {}, {"bicycle": 0.6})
    features.detected[1:, coco_labels().index("chair")] = 0.55

    seen = name_probabilities(features, small=small).seen

    assert (None if seen is None else seen.label) == label


def test_two_namings_of_one_thing_are_averaged() -> None:
    one, two = (np.zeros(len(names()), np.float32) for _ in range(2))
    one[names().index("cup")], two[names().index("cup")] = 0.6, 0.8

    both = combine(Naming(one, Name("cup", 0.7, WordSource.DETECTOR)), Naming(two))

    assert both.supports("cup") == pytest.approx(0.7)
    assert both.seen is not None
    assert combine(both, Naming(two, Name("dog", 0.7, WordSource.DETECTOR))).seen is None


def test_a_noun_covers_every_class_that_may_be_called_so() -> None:
    called = {name for name, so in zip(names(), names_called("vehicle"), strict=True) if so}

    assert {"car", "truck"} <= called
    assert not called & {"dog", "cup"}
