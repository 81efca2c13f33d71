"""The vocabularies are the class names of the embedded models."""

from gateway.statistics import vocabularies
from services.networks.labels import coco_labels, imagenet_labels


def test_they_are_what_the_weight_files_name() -> None:
    assert tuple(vocabularies.read("coco")) == coco_labels()
    assert tuple(vocabularies.read("imagenet")) == imagenet_labels()


def test_a_name_is_known_in_singular_and_plural() -> None:
    assert {"dog", "teddy bear"} <= vocabularies.keys("coco")
    assert "unicorn" not in vocabularies.keys("coco")
