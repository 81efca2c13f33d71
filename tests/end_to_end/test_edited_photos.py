"""Orders of edited photos through a whole set: they repeat, and what cannot be made says why."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

PHOTO = (Path(__file__).parents[2] / "examples/photo.jpg").read_bytes()
BEFORE = (Path(__file__).parents[2] / "examples/before.jpg").read_bytes()


@pytest.fixture(scope="module")
def http(served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=90) as client:
        yield client


def _ordered(http: httpx.Client, files: dict[str, bytes], **form: str) -> dict:
    """The job at its end."""
    answer = http.post("/v1/syntheses", files=files, data=form, headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_order_repeats_to_the_byte_and_its_records_tell_the_edit(http: httpx.Client) -> None:
    order = {"operation": "recolour", "target": "cup", "seed": "3"}
    datasets = ('{"dataset": "first"}', '{"dataset": "again"}')  # one keeps no pair twice
    first, again = (_ordered(http, {"image": PHOTO}, **order, options=dataset) for dataset in datasets)

    (record,), (repeated,) = first["records"], again["records"]
    assert record["image2"]["asset"] == repeated["image2"]["asset"]
    edit = record["source"]["edit"]
    assert (edit["before"], edit["seed"], edit["index"]) == ("cup", 3, 0)
    assert edit["scores"]["found"] >= 0.3
    assert edit["scores"]["elsewhere"] == 0
    assert http.get(f"/v1/records/{record['id']}/preview").content.startswith(b"\x89PNG")


def test_a_removal_asks_which_image_has_it(http: httpx.Client) -> None:
    (record,) = _ordered(http, {"image": PHOTO}, operation="remove", target="cup", seed="7")["records"]

    assert record["question"]["text"] == 'Inside the red box, which image has the object described as "a cup"?'
    assert (record["question"]["left"] == "image1") == (record["question"]["answer"] == "A")


def test_a_caption_without_a_photo_is_refused_with_what_to_configure(http: httpx.Client) -> None:
    body = {"caption": "a dog on a sofa", "operation": "replace"}

    job = http.post("/v1/syntheses", json=body, headers={"Prefer": "wait=30"}).json()

    assert job["state"] == "failed"
    assert job["error"]["errors"][0]["pointer"] == "/image"
    assert "IMGDIFF_EDITING_BACKEND=sdxl" in job["error"]["detail"]


def test_a_new_object_without_any_donor_is_refused(http: httpx.Client) -> None:
    form = {"operation": "add", "options": '{"dataset": "empty"}'}

    job = http.post("/v1/syntheses", files={"image": PHOTO}, data=form, headers={"Prefer": "wait=30"}).json()

    assert job["state"] == "failed"
    assert job["error"]["errors"][0]["pointer"] == "/donor"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"operation": "remove", "target": "zebra"}, "edit.target_not_found"),
        ({"operation": "remove", "target": "una jirafa"}, "edit.target_not_found"),
        ({"operation": "add", "replacement": "giraffe"}, "edit.donor_not_found"),
    ],
)
def test_what_is_not_in_the_pictures_is_a_counted_reason(http: httpx.Client, form: dict[str, str], code: str) -> None:
    job = _ordered(http, {"image": PHOTO, "donor": BEFORE}, **form, count="3")

    assert (job["state"], job["records"]) == ("succeeded", [])
    assert [one["reasons"][0]["code"] for one in job["rejected"]] == [code] * 3


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"operation": "remove", "seed": str(2**32)}, "/seed"),
        ({"operation": "remove", "caption": "a cup " * 1000}, "/caption"),
        ({"operation": "remove", "count": "0"}, "/count"),
        ({"operation": "remove", "count": "65"}, "/count"),
    ],
)
def test_what_is_out_of_range_is_named(http: httpx.Client, form: dict[str, str], pointer: str) -> None:
    answer = http.post("/v1/syntheses", files={"image": PHOTO}, data=form)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
