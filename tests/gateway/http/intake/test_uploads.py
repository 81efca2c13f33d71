"""Which images are accepted, which are rejected and why, and what is stored of them."""

import base64
import gzip
import io
import json
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from gateway.http.intake.uploads import Uploads
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from imgdiff.errors import InvalidRequest
from imgdiff.images import ImageLimits, decode, encode_png
from imgdiff.options import AssetRef

Pixels = Any


def _encoded(image: Image.Image, image_format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def _noise(width: int = 64, height: int = 48) -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def _header_only_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def _two_frames(image_format: str) -> bytes:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    return _encoded(frames[0], image_format, save_all=True, append_images=frames[1:], duration=100)


def _rotated_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was rotated: rows are columns
    exif[0x010F] = "a camera's maker"
    return _encoded(_noise(64, 48), "JPEG", exif=exif)


def _gain_mapped_jpeg() -> bytes:
    """A JPEG as phones write it, with a second picture after the first."""
    return _encoded(_noise(64, 48), "MPO", save_all=True, append_images=[_noise(16, 12)])


def _post(client: httpx.Client, data: bytes, name: str = "x") -> httpx.Response:
    return client.post("/v1/assets", files={"image": (name, data)})


TAKEN = {
    "one pixel": (_encoded(Image.new("RGB", (1, 1)), "PNG"), (1, 1)),
    "a CMYK JPEG": (_encoded(Image.new("CMYK", (64, 48)), "JPEG"), (64, 48)),
    "a 16-bit PNG": (_encoded(Image.fromarray(np.full((9, 8), 40_000, np.uint16)), "PNG"), (8, 9)),
    "a palette PNG": (_encoded(_noise().convert("P"), "PNG"), (64, 48)),
    "a grey PNG": (_encoded(_noise().convert("L"), "PNG"), (64, 48)),
    "a bilevel PNG": (_encoded(_noise().convert("1"), "PNG"), (64, 48)),
    "a transparent PNG": (_encoded(Image.new("RGBA", (64, 48), (9, 9, 9, 0)), "PNG"), (64, 48)),
    "a lossless WebP": (_encoded(_noise(), "WEBP", lossless=True), (64, 48)),
    "a turned JPEG": (_rotated_jpeg(), (48, 64)),
    "a JPEG without its end": (_encoded(_noise(), "JPEG")[:-2], (64, 48)),
    "a phone's JPEG": (_gain_mapped_jpeg(), (64, 48)),
}
REFUSED = {
    "text": (b"not an image at all", "image.unknown_format"),
    "nothing": (b"", "image.empty"),
    "a truncated PNG": (_encoded(_noise(), "PNG")[:2000], "image.broken"),
    "a truncated JPEG": (_encoded(_noise(), "JPEG")[:900], "image.broken"),
    "a bomb of which only the header was sent": (_header_only_png(30_000, 30_000), "image.too_many_pixels"),
    "a line of pixels that is too long": (_header_only_png(20_000, 1), "image.too_many_pixels"),
    "a GIF": (_two_frames("GIF"), "image.unknown_format"),
    "a BMP": (_encoded(_noise(), "BMP"), "image.unknown_format"),
    "an animated WebP": (_two_frames("WEBP"), "image.animated"),
    "an animated PNG": (_two_frames("PNG"), "image.animated"),
}


@pytest.mark.parametrize(("data", "size"), TAKEN.values(), ids=TAKEN)
def test_takes(client: httpx.Client, data: bytes, size: tuple[int, int]) -> None:
    answer = _post(client, data)

    assert answer.status_code == 201, answer.text
    assert (answer.json()["width"], answer.json()["height"]) == size
    kept = Image.open(io.BytesIO(client.get(answer.headers["location"]).content))
    mode = "I;16" if data is TAKEN["a 16-bit PNG"][0] else "RGB"
    assert (kept.format, kept.mode, kept.size, kept.info) == ("PNG", mode, size, {})


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED)
def test_refuses(client: httpx.Client, data: bytes, code: str) -> None:
    answer = _post(client, data)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(item["pointer"], item["code"]) for item in answer.json()["errors"]] == [("/image", code)]


def test_deep_grey_keeps_its_brightness(client: httpx.Client, settings: GatewaySettings) -> None:
    answer = _post(client, TAKEN["a 16-bit PNG"][0])
    image = decode(client.get(answer.headers["location"]).content, "/", settings.limits)

    assert abs(int(image.mean()) - 40_000 // 257) <= 1


def test_transparency_is_composed_on_white(client: httpx.Client, settings: GatewaySettings) -> None:
    answer = _post(client, TAKEN["a transparent PNG"][0])

    assert decode(client.get(answer.headers["location"]).content, "/", settings.limits).min() == 255


def test_the_same_pixels_are_stored_once_in_any_file_format(client: httpx.Client, tmp_path: Path) -> None:
    first = _post(client, _encoded(_noise(), "PNG", compress_level=9)).json()
    second = _post(client, _encoded(_noise(), "PNG", compress_level=0)).json()
    third = _post(client, _encoded(_noise(), "WEBP", lossless=True)).json()

    assert first == second == third
    assert len([path for path in (tmp_path / "assets").rglob("*") if path.is_file()]) == 1


def test_many_uploads_of_one_image_at_once_agree(client: httpx.Client, png: bytes) -> None:
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(_post(client, png))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_file_over_the_limit_is_refused_by_name(client: httpx.Client) -> None:
    answer = _post(client, bytes(200_001))

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["pointer"] == "/image"
    assert "200000 bytes" in answer.json()["detail"]


def test_unknown_parts_are_rejected(client: httpx.Client, png: bytes) -> None:
    unknown = client.post("/v1/assets", files={"image": ("a", png), "other": ("b", png)})
    twice = client.post("/v1/assets", files=[("image", ("a", png)), ("image", ("b", png))])
    text = client.post("/v1/assets", files={"image": (None, "words")})
    missing = client.post("/v1/assets", files={"image/": ("a", png)})

    assert [unknown.status_code, twice.status_code, text.status_code, missing.status_code] == [422] * 4
    assert unknown.json()["errors"][0]["pointer"] == "/other"
    assert text.json()["errors"][0]["code"] == "image.unknown_format"
    assert missing.json()["errors"][0]["pointer"] == "/image~1"


def test_base64_in_json_is_accepted_and_bad_base64_rejected(client: httpx.Client, png: bytes) -> None:
    good = client.post("/v1/assets", json={"base64": base64.b64encode(png).decode()})
    bad = client.post("/v1/assets", json={"base64": "***"})
    empty = client.post("/v1/assets", json={})

    assert good.status_code == 201
    assert good.json()["id"] == _post(client, png).json()["id"]
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/base64")
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/base64")


def test_a_file_part_needs_no_filename(client: httpx.Client, png: bytes) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="image"\r\nContent-Type: image/png\r\n\r\n'
    large = _encoded(_noise(200, 150), "PNG")
    for data in (png, large):
        body = head + data + b"\r\n--b--\r\n"
        answer = client.post("/v1/assets", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})

        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] == _post(client, data).json()["id"]
    assert len(large) > 65_536


def test_base64_is_accepted_in_its_common_forms(client: httpx.Client) -> None:
    data = _encoded(_noise(9, 7), "PNG")
    text = base64.b64encode(data).decode()
    lines = "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n"
    safe = base64.urlsafe_b64encode(data).decode().rstrip("=")
    forms = [text, lines, safe, f"data:image/png;base64,{text}", f" data:image/png;name=a;base64, {lines}"]
    ids = {client.post("/v1/assets", json={"base64": form}).json()["id"] for form in forms}

    assert {"-", "_"} & set(safe)
    assert len(ids) == 1


@pytest.mark.parametrize("text", ["data:image/png,%89PNG", "image/png;base64,iVBORw0K", "iVBO*w0K", "data:image/png"])
def test_what_is_not_base64_is_refused(client: httpx.Client, text: str) -> None:
    answer = client.post("/v1/assets", json={"base64": text})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "image.not_base64")


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "image/png"}, {"Content-Type": "application/octet-stream"}, {}],
    ids=["image", "octets", "none"],
)
@pytest.mark.parametrize("route", ["/v1/assets", "/v1/difference-captions", "/v1/syntheses"])
def test_a_bare_image_is_an_unsupported_media_type(
    client: httpx.Client, png: bytes, headers: dict[str, str], route: str
) -> None:
    answer = client.post(route, content=png, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (415, "urn:imgdiff:problem:unsupported-media-type")
    assert "multipart/form-data with image files, or application/json" in answer.json()["detail"]


def test_a_compressed_body_is_an_unsupported_media_type(client: httpx.Client, png: bytes) -> None:
    body = gzip.compress(json.dumps({"base64": base64.b64encode(png).decode()}).encode())
    json_type = {"Content-Type": "application/json"}
    named = client.post("/v1/assets", content=body, headers={**json_type, "Content-Encoding": "gzip"})
    unnamed = client.post("/v1/assets", content=body, headers=json_type)

    assert (named.status_code, unnamed.status_code) == (415, 422)
    assert "Content-Encoding gzip" in named.json()["detail"]


def test_images_that_a_job_names_are_found_while_another_writes(new_sqlite: str, tmp_path: Path) -> None:
    database = Database(new_sqlite, patience=0.1)
    uploads = Uploads(database, AssetStore((tmp_path / "assets").as_uri()), ImageLimits(10**6, 10**4, 10**6))
    stored = uploads.store_image(encode_png(np.zeros((8, 8, 3), np.uint8)), "/image")

    with database.writing():
        assert uploads.resolve(AssetRef(asset=stored.id), "/image1", note=False) == stored
        with pytest.raises(InvalidRequest, match="there is no asset"):
            uploads.resolve(AssetRef(asset="sha256:" + "0" * 64), "/image1", note=False)
    database.close()
