"""Donors are added once, found by what is known of them, and deleted, on both databases."""

import base64
import io
import json
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.images import ImageLimits, decode
from imgdiff.objects import run_lengths

CUP = {"label": "cup", "category": "kitchen", "source": "a drawing", "licence": "CC0-1.0", "reference": "1"}
SQUARE = [20, 10, 40, 10, 40, 30, 20, 30]


@pytest.fixture
def client(settings: GatewaySettings, database: Database, serve) -> httpx.Client:  # type: ignore[no-untyped-def]
    url = database.url.render_as_string(hide_password=False)
    client: httpx.Client = serve(create_app(settings.model_copy(update={"database_url": url})))
    return client


def _drawing(shade: int = 200) -> bytes:
    """A dark square on light ground."""
    pixels = np.full((48, 64, 3), shade, np.uint8)
    pixels[10:30, 20:40] = 30
    return _encode(Image.fromarray(pixels))


def _cutout(colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """A disc whose rim is half transparent, on transparent ground."""
    y, x = np.mgrid[:60, :60]
    away = np.hypot(y - 30, x - 30)
    alpha = np.where(away < 26, 255, np.where(away < 29, 128, 0)).astype(np.uint8)
    return _encode(Image.fromarray(np.dstack([np.full((60, 60, 3), colour, np.uint8), alpha])))


def _encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _add(client: httpx.Client, image: bytes | None = None, **fields: Any) -> httpx.Response:
    new = {**CUP, "polygons": [SQUARE]} if not fields else {**CUP, **fields}
    return client.post("/v1/donors", files={"image": ("a.png", image or _drawing())}, data={"donor": json.dumps(new)})


def test_a_donor_has_its_place_its_size_and_its_view(client: httpx.Client) -> None:
    answer = _add(client)
    donor = answer.json()

    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/donors/{donor['id']}")
    assert (donor["label"], donor["licence"], donor["source"]) == ("cup", "CC0-1.0", "a drawing")
    assert (donor["box"], donor["pixels"], donor["share"]) == ([20, 10, 40, 30], 400, pytest.approx(400 / 64 / 48))
    assert donor["view"] == {"aspect": 1.0, "cut_off": False, "parts": 1, "occluded": None}
    assert donor["mask"]["size"] == [48, 64]
    assert client.get(f"/v1/donors/{donor['id']}").json() == donor


def test_the_same_pixels_and_place_are_stored_once_however_they_are_sent(client: httpx.Client) -> None:
    first = _add(client)
    counts = run_lengths.expand(first.json()["mask"]["counts"])
    image = client.post("/v1/assets", files={"image": ("again.png", _drawing())}).json()["id"]
    body = {**CUP, "label": "mug", "image": {"asset": image}, "mask": {"size": [48, 64], "counts": counts}}
    again = client.post("/v1/donors", json=body)

    assert (again.status_code, again.json()) == (200, first.json())
    assert _add(client, box=[20, 10, 40, 30]).status_code == 201  # a box is another place than an outline
    assert _add(client, _drawing(90), polygons=[SQUARE]).status_code == 201
    assert len(client.get("/v1/donors").json()["donors"]) == 3


def test_a_cutout_keeps_its_own_colours_and_its_opacity_is_its_outline(
    client: httpx.Client, settings: GatewaySettings
) -> None:
    donor = _add(client, _cutout(), label="ball").json()
    pixels = decode(client.get(f"/v1/assets/{donor['asset']}").content, "/", ImageLimits())
    left, top, right, bottom = donor["box"]

    assert (right - left, bottom - top) == (57, 57)
    assert not donor["view"]["cut_off"]
    assert donor["pixels"] == pytest.approx(np.pi * 29**2, rel=0.02)
    assert pixels[(top + bottom) // 2, left].tolist() == [200, 30, 30]  # a half transparent pixel, not mixed with white
    assert pixels[0, 0].tolist() == [255, 255, 255]
    in_json = {**CUP, "label": "ball", "image": {"base64": base64.b64encode(_cutout()).decode()}}
    assert client.post("/v1/donors", json=in_json).json()["id"] == donor["id"]


def test_an_object_that_something_divides_is_occluded_unless_its_source_denies_it(client: httpx.Client) -> None:
    halves = [[20, 10, 28, 10, 28, 30, 20, 30], [34, 10, 40, 10, 40, 30, 34, 30]]

    assert _add(client, polygons=halves).json()["view"] == {
        "aspect": 1.0,
        "cut_off": False,
        "parts": 2,
        "occluded": True,
    }
    assert not _add(client, _drawing(90), polygons=halves, occluded=False).json()["view"]["occluded"]
    assert _add(client, box=[0, 0, 20, 10]).json()["view"] == {
        "aspect": 2.0,
        "cut_off": True,
        "parts": None,
        "occluded": None,
    }


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({}, ["cup", "Dogs", "cup"]),
        ({"label": "cups"}, ["cup", "cup"]),
        ({"label": "dog"}, ["Dogs"]),
        ({"category": "Animal"}, ["Dogs"]),
        ({"licence": "CC0-1.0"}, ["cup"]),
        ({"licence": "cc0-1.0"}, ["cup"]),
        ({"licence": "cc-by-*"}, ["Dogs", "cup"]),
        ({"licence": "CC*_"}, []),
        ({"source": "elsewhere"}, ["Dogs"]),
        ({"reference": "1", "source": "a drawing"}, ["cup", "cup"]),
        ({"min_share": 0.05}, ["cup", "cup"]),
        ({"max_share": 0.05}, ["Dogs"]),
        ({"min_pixels": 400}, ["cup", "cup"]),
        ({"cut_off": True}, ["Dogs"]),
        ({"outlined": False}, ["Dogs"]),
        ({"occluded": True}, ["cup"]),
        ({"occluded": False}, ["cup", "Dogs"]),
    ],
)
def test_donors_are_found_by_what_is_known_of_them(
    client: httpx.Client, query: dict[str, Any], labels: list[str]
) -> None:
    _add(client)
    _add(client, label="Dogs", category="animal", source="elsewhere", licence="CC-BY-2.0", box=[0, 0, 9, 9])
    _add(client, _drawing(90), polygons=[SQUARE], licence="CC-BY-SA-4.0", occluded=True)

    assert [donor["label"] for donor in client.get("/v1/donors", params=query).json()["donors"]] == labels


def test_donors_are_paged_oldest_first(client: httpx.Client) -> None:
    added = [_add(client, _drawing(shade), polygons=[SQUARE]).json()["id"] for shade in (100, 120, 140)]
    first = client.get("/v1/donors", params={"page_size": 2}).json()
    rest = client.get("/v1/donors", params={"page_size": 2, "cursor": first["next_cursor"]}).json()

    assert [donor["id"] for donor in first["donors"] + rest["donors"]] == added
    assert rest["next_cursor"] is None


def test_a_donor_that_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    path = f"/v1/donors/{_add(client).json()['id']}"
    tag = client.get(path).headers["etag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(path, headers={"If-None-Match": f'"other", W/{tag}'}).status_code == 304


def test_a_donor_that_is_added_again_under_another_label_is_sent_again(client: httpx.Client) -> None:
    path = f"/v1/donors/{_add(client).json()['id']}"
    tag = client.get(path).headers["etag"]
    client.delete(path)
    _add(client, label="mug", polygons=[SQUARE])
    again = client.get(path, headers={"If-None-Match": tag})

    assert (again.status_code, again.json()["label"]) == (200, "mug")


@pytest.mark.parametrize("query", [{"label": "cu\0p"}, {"source": ""}, {"licence": " "}, {"min_pixels": 2**64}])
def test_conditions_that_no_donor_can_meet_are_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    answer = client.get("/v1/donors", params=query)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/query/{next(iter(query))}")


def test_a_deleted_donor_is_gone_and_its_image_stays(client: httpx.Client) -> None:
    donor = _add(client).json()
    path = f"/v1/donors/{donor['id']}"

    assert client.delete(path).status_code == 204
    assert [client.get(path).status_code, client.delete(path).status_code] == [404, 404]
    assert client.get(f"/v1/assets/{donor['asset']}").status_code == 200
    assert _add(client).status_code == 201


@pytest.mark.parametrize(
    ("fields", "pointer", "words"),
    [
        ({"label": "cup"}, "/donor/mask", "a picture with transparency"),
        ({"box": [0, 0, 65, 9]}, "/donor/box", "outside the image of 64x48"),
        ({"mask": {"size": [64, 48], "counts": [0, 3072]}}, "/donor/mask", "48x64 pixels"),
        ({"mask": {"size": [48, 64], "counts": [3072]}}, "/donor/mask", "the mask is empty"),
        ({"polygons": [[1, 2, 3]]}, "/donor/polygons/0", "at least 6 items"),
        ({"polygons": [[1, 2, 3, 4, 5, 6, 7]]}, "/donor/polygons/0", "three corners"),
        ({"polygons": []}, "/donor/polygons", "at least 1 item"),
        ({"polygons": [SQUARE], "mask": {"size": [48, 64], "counts": [0, 3072]}}, "/donor/polygons", "one of them"),
        ({"polygons": [SQUARE], "box": [50, 40, 60, 48]}, "/donor/box", "different places"),
        ({"polygons": [SQUARE], "label": "cu\0p"}, "/donor/label", "NUL"),
        ({"polygons": [SQUARE], "source": " "}, "/donor/source", "blank"),
        ({"polygons": [SQUARE], "licence": ""}, "/donor/licence", "at least 1 character"),
        ({"polygons": [SQUARE], "colour": "red"}, "/donor/colour", "Extra inputs"),
    ],
)
def test_what_is_no_place_of_the_image_is_refused_at_its_field(
    client: httpx.Client, fields: dict[str, Any], pointer: str, words: str
) -> None:
    answer = _add(client, **fields)

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert words in answer.json()["detail"]


def test_a_part_that_is_missing_is_named(client: httpx.Client) -> None:
    without_image = client.post("/v1/donors", files={"donor": (None, json.dumps(CUP))})
    without_donor = client.post("/v1/donors", files={"image": ("a.png", _drawing())})

    assert without_image.json()["errors"][0]["pointer"] == "/image"
    assert without_donor.json()["errors"][0]["pointer"] == "/donor"
