"""Whatever is posted, the answer is the right one or a problem that names the field; nothing breaks, nothing sticks."""

import io
import json
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from PIL import Image

ROUTE = "/v1/difference-captions"
_RNG = np.random.default_rng(11)
PIXELS = np.kron(_RNG.integers(0, 256, (12, 16, 3), dtype=np.uint8), np.ones((10, 10, 1), np.uint8))


@pytest.fixture(scope="module")
def http(served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=90) as client:
        yield client


def _file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


PLAIN = Image.fromarray(PIXELS)
PNG = _file(PLAIN)


def _rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    return _file(PLAIN.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def _huge() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few bytes: the header is all that anybody may read."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"\x00" * 16) + chunk(b"IEND", b"")


TAKEN = {
    "one pixel": _file(Image.new("RGB", (1, 1), "red")),
    "CMYK": _file(PLAIN.convert("CMYK"), "JPEG"),
    "16 bit": _file(Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257)),
    "palette": _file(PLAIN.quantize(16)),
    "grey": _file(PLAIN.convert("L")),
    "one bit": _file(PLAIN.convert("1")),
    "alpha": _file(PLAIN.convert("RGBA")),
    "another size": _file(PLAIN.resize((200, 90))),
    "very flat": _file(Image.new("RGB", (4000, 2), "blue")),
    "webp": _file(PLAIN, "WEBP", lossless=True),
}
REFUSED = {
    "no image": (b"these are words", "image.unknown_format"),
    "another format": (_file(PLAIN, "GIF"), "image.unknown_format"),
    "truncated": (_file(PLAIN)[: len(PNG) // 2], "image.broken"),
    "empty": (b"", "image.empty"),
    "30,000 x 30,000": (_huge(), "image.too_many_pixels"),
    "animated": (
        _file(PLAIN, "WEBP", save_all=True, append_images=[PLAIN.rotate(90)], lossless=True),
        "image.animated",
    ),
}


def _post(http: httpx.Client, image1: bytes, image2: bytes, **data: str) -> httpx.Response:
    return http.post(ROUTE, files={"image1": image1, "image2": image2}, data=data, headers={"Prefer": "wait=60"})


def _record(answer: httpx.Response) -> dict:
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "succeeded", answer.text
    (record,) = answer.json()["records"]
    return record


def _pointer(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.json()["errors"][0]["pointer"]


@pytest.mark.parametrize("name", TAKEN)
def test_every_kind_of_still_image_is_compared(http: httpx.Client, name: str) -> None:
    record = _record(_post(http, PNG, TAKEN[name]))

    for region in record["regions"]:
        x1, y1, x2, y2 = region["box"]
        assert 0 <= x1 < x2 <= record["image1"]["width"]
        assert 0 <= y1 < y2 <= record["image1"]["height"]
    assert http.get(f"/v1/records/{record['id']}/preview").status_code == 200


@pytest.mark.parametrize("name", TAKEN)
def test_the_same_image_twice_is_the_same(http: httpx.Client, name: str) -> None:
    record = _record(_post(http, TAKEN[name], TAKEN[name]))

    assert (record["verdict"], [region for region in record["regions"] if region["kept"]]) == ("same", [])
    assert "No difference" in record["caption"]


def test_a_rotated_photo_is_turned_upright_before_anything_else(http: httpx.Client) -> None:
    record = _record(_post(http, _file(PLAIN, "JPEG", quality=95), _rotated()))

    assert (record["image2"]["width"], record["image2"]["height"]) == PLAIN.size
    assert record["verdict"] == "same"


@pytest.mark.parametrize("field", ["image1", "image2"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_still_image_is_refused_by_its_field(http: httpx.Client, name: str, field: str) -> None:
    data, code = REFUSED[name]
    files = {"image1": PNG, "image2": PNG} | {field: data}

    answer = http.post(ROUTE, files=files)

    assert (answer.status_code, _pointer(answer), answer.json()["errors"][0]["code"]) == (422, f"/{field}", code)


def test_an_image_of_too_many_bytes_is_refused_while_it_arrives(http: httpx.Client) -> None:
    answer = _post(http, PNG, b"\x89PNG" + bytes(40 * 2**20))

    assert (answer.status_code, _pointer(answer)) == (413, "/image2")


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ("{", "/options"),
        ("[]", "/options"),
        ('{"polcy": "describe"}', "/options/polcy"),
        ('{"policy": "guess"}', "/options/policy"),
        ('{"max_regions": 0}', "/options/max_regions"),
        ('{"max_regions": 101}', "/options/max_regions"),
        ('{"dataset": "../up"}', "/options/dataset"),
        ('{"thresholds": {"region.nonsense": 1}}', "/options/thresholds"),
        ('{"language": "tlh"}', "/options/language"),
        ('{"deadline_seconds": -1}', "/options/deadline_seconds"),
        (json.dumps({"metadata": {"big": "x" * 5000}}), "/options/metadata"),
        ('{"webhook": "http://x"}', "/options/webhook"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(http: httpx.Client, options: str, pointer: str) -> None:
    answer = _post(http, PNG, PNG, options=options)

    assert (answer.status_code, _pointer(answer)) == (422, pointer)


@pytest.mark.parametrize(
    ("files", "pointer"),
    [({"image1": PNG}, "/image2"), ({"image1": PNG, "picture": PNG}, "/picture"), ({"options": PNG}, "/image1")],
)
def test_wrong_parts_are_refused_by_their_name(http: httpx.Client, files: dict[str, bytes], pointer: str) -> None:
    answer = http.post(ROUTE, files=files)

    assert (answer.status_code, _pointer(answer)) in {(422, pointer), (422, "/options")}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/image1"),
        ({"image1": {"asset": "sha256:1"}, "image2": {"asset": "sha256:1"}}, "/image1/asset"),
        ({"image1": {"base64": "no base64!"}, "image2": {"base64": "aaaa"}}, "/image1/base64"),
        ({"image1": {"url": "http://127.0.0.1/"}, "image2": {"base64": "aaaa"}}, "/image1/url"),
        ({"image1": {"asset": "sha256:" + "0" * 64}, "image2": {"asset": "sha256:" + "0" * 64}}, "/image1/asset"),
        ({"image1": 5, "image2": 6}, "/image1"),
    ],
)
def test_a_wrong_json_body_is_refused_by_its_place(http: httpx.Client, body: dict, pointer: str) -> None:
    answer = http.post(ROUTE, json=body)

    assert (answer.status_code, _pointer(answer)) == (422, pointer)


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({}, "/operation"),
        ({"operation": "explode"}, "/operation"),
        ({"operation": "remove", "count": "0"}, "/count"),
        ({"operation": "remove", "count": "65"}, "/count"),
        ({"operation": "remove", "count": "many"}, "/count"),
        ({"operation": "remove", "seed": "-1"}, "/seed"),
        ({"operation": "remove", "colour": "red"}, "/colour"),
        ({"operation": "remove", "target": ""}, "/target"),
    ],
)
def test_a_wrong_synthesis_is_refused_by_its_field(http: httpx.Client, form: dict[str, str], pointer: str) -> None:
    answer = http.post("/v1/syntheses", files={"image": PNG}, data=form)

    assert (answer.status_code, _pointer(answer)) == (422, pointer)


def test_a_synthesis_out_of_nothing_is_refused(http: httpx.Client) -> None:
    answer = http.post("/v1/syntheses", json={"operation": "remove"})

    assert (answer.status_code, _pointer(answer)) == (422, "/image")


def test_a_synthesis_of_a_photo_without_such_an_object_ends_with_a_counted_reason(http: httpx.Client) -> None:
    form = {"operation": "remove", "target": "giraffe", "count": "2"}

    job = http.post("/v1/syntheses", files={"image": PNG}, data=form, headers={"Prefer": "wait=60"}).json()

    assert job["state"] == "succeeded"
    assert job["records"] == []
    assert [pair["reasons"][0]["code"] for pair in job["rejected"]] == ["edit.target_not_found"] * 2


@pytest.mark.parametrize("wait", ["wait=61", "wait=-1", "wait=soon"])
def test_a_wait_that_is_none_is_refused(http: httpx.Client, wait: str) -> None:
    answer = http.post(ROUTE, files={"image1": PNG, "image2": PNG}, headers={"Prefer": wait})

    assert (answer.status_code, _pointer(answer)) == (422, "/header/Prefer")


@pytest.mark.parametrize("times", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_unknown_ids_are_not_found_however_often(http: httpx.Client, times: int) -> None:
    paths = [f"/v1/jobs/job_{number:032x}{suffix}" for number in range(times // 2) for suffix in ("", "/events")]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda path: http.get(path).status_code, paths))

    assert answers == {404}
    assert http.delete("/v1/jobs/job_1").status_code == 404
    assert http.get("/v1/records/rec_1").status_code == 404
    assert http.get("/v1/assets/sha256:1").status_code == 404
    assert _record(_post(http, PNG, PNG))["verdict"] == "same"


def test_no_job_is_left_behind(http: httpx.Client) -> None:
    states = {state: http.get("/v1/jobs", params={"state": state}).json()["jobs"] for state in ("queued", "running")}

    assert states == {"queued": [], "running": []}
    assert http.get("/v1/jobs", params={"state": "failed"}).json()["jobs"] == []
