"""pydantic's errors become problem items with JSON pointers."""

import pytest
from pydantic import ValidationError

from imgdiff.options import DifferenceCaptionsRequest
from imgdiff.problems import ProblemItem, json_pointer, problem_items, problem_slug, problem_type


def _items(body: object, prefix: str = "") -> tuple[ProblemItem, ...]:
    with pytest.raises(ValidationError) as caught:
        DifferenceCaptionsRequest.model_validate(body)
    return problem_items(caught.value.errors(), prefix)


def test_a_pointer_escapes_slashes_and_tildes() -> None:
    assert json_pointer(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"


def test_a_slug_survives_the_way_into_a_type_and_back() -> None:
    assert problem_slug(problem_type("not-found")) == "not-found"
    assert problem_slug("https://example.org/other") == "https://example.org/other"


def test_an_image_of_no_known_form_is_one_item_that_lists_the_forms() -> None:
    image = {"asset": "sha256:" + "a" * 64}

    (item,) = _items({"image1": image, "image2": {}})

    assert (item.pointer, item.code) == ("/image2", "union")
    assert item.detail == "must be an object with exactly one of: asset, base64, url"


def test_a_bad_value_of_a_known_form_is_reported_at_its_place() -> None:
    (item,) = _items({"image1": {"asset": "sha256:short"}, "image2": {"base64": "AAAA"}})

    assert item.pointer == "/image1/asset"


def test_a_prefix_is_put_before_every_pointer() -> None:
    pointers = [item.pointer for item in _items({"options": {"max_regions": 0}}, "/body")]

    assert set(pointers) == {"/body/options/max_regions", "/body/image1", "/body/image2"}
