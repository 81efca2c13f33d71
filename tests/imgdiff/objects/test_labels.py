"""Two spellings of one noun have one key, and two nouns have two."""

import pytest

from imgdiff.objects.labels import label_key


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (("cup", "cups", " Cup "), "cup"),
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
