"""The second classifier, on real photographs."""

import pytest

from services.networks.labels import imagenet_labels
from services.networks.second_classifier import SecondClassifier


@pytest.mark.parametrize(("name", "label"), [("coffee.png", "espresso"), ("chelsea.png", "Egyptian cat")])
def test_a_photograph_is_given_its_class(photo, name, label):
    probabilities = SecondClassifier(1).classify(photo(name))

    assert imagenet_labels()[int(probabilities.argmax())] == label
    assert probabilities.sum() == pytest.approx(1, abs=0.1)
