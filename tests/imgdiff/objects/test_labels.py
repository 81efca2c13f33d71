"""Two spellings of one noun have one key, and two nouns have two."""

import pytest

from imgdiff.objects.labels import label_key
from services.networks.labels import coco_labels


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (("cup", "cups", " Cup ", "a cup", "The cups"), "cup"),
        (("wine glass", "wine_glasses", "Wine-Glass"), "wine glass"),
        (("person", "people"), "person"),
        (("bus", "buses"), "bus"),
        (("knife", "knives"), "knife"),
        (("berry", "berries"), "berry"),
        (("bench", "benches"), "bench"),
        (("box", "boxes"), "box"),
        (("tennis", "Tennis"), "tennis"),
        (("vase", "vases"), "vase"),
        (("bird of prey",), "bird of prey"),
    ],
)
def test_singular_plural_and_spelling_share_a_key(labels: tuple[str, ...], key: str) -> None:
    assert {label_key(label) for label in labels} == {key}


@pytest.mark.parametrize(
    "labels",
    [
        "tie ties",
        "pie pies",
        "cookie cookies",
        "movie movies",
        "toe toes",
        "shoe shoes",
        "axe axes",
        "mango mangos mangoes",
        "hero heroes",
        "potato potatoes",
        "photo photos",
        "bus buses",
        "house houses",
        "mouse mice",
        "cactus cacti cactuses",
        "octopus octopuses",
        "quiz quizzes",
        "hoof hooves hoofs",
        "gas gases",
        "lens lenses",
        "canvas canvases",
        "mousse mousses",
        "headache headaches",
        "glass glasses",
        "horse horses",
        "slice slices",
        "leaf leaves",
        "ski skis",
        "taxi taxis",
        "sheep",
    ],
)
def test_every_form_of_a_noun_has_one_key(labels: str) -> None:
    assert len({label_key(label) for label in labels.split()}) == 1


def test_no_two_labels_of_the_detector_share_a_key() -> None:
    assert len({label_key(label) for label in coco_labels()}) == len(coco_labels())
