"""Files of odd formats, sizes and orientations, posted to the service."""

import functools
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image

from imgdiff.boxes import intersection
from imgdiff.images import RGB, encode_png
from imgdiff.records import Verdict
from imgdiff.stages import Detection
from services.detection.app import create_app
from services.detection.settings import DetectionSettings
from tests.services.detection.odd_answers import BACKENDS, codes_of, kept_boxes, require_sound


@pytest.fixture(scope="module", params=BACKENDS)
def client(
    request: pytest.FixtureRequest, ready: Callable[[ExitStack, FastAPI], httpx.Client]
) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        yield ready(stack, create_app(DetectionSettings(backend=request.param, threads=1)))


def _file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _post(client: httpx.Client, one: bytes, two: bytes) -> httpx.Response:
    return client.post("/detect", files={"image1": one, "image2": two}, data={"request": "{}"})


def _answer(client: httpx.Client, one: bytes, two: bytes, image1: RGB) -> Detection:
    answer = _post(client, one, two)
    assert answer.status_code == 200, answer.text
    return require_sound(Detection.model_validate_json(answer.content), image1)


def test_identical_bytes_are_identical(client: httpx.Client, photo: RGB) -> None:
    image = _file(Image.fromarray(photo), "JPEG", quality=70)

    found = _answer(client, image, image, photo)

    assert (found.verdict, codes_of(found)) == (Verdict.SAME, {"pair.identical"})


def test_what_is_transparent_counts_as_white_whatever_lies_beneath(client: httpx.Client, photo: RGB) -> None:
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[100:300, 100:300] = 0
    clear = _file(Image.fromarray(np.dstack([photo, alpha])))
    white = photo.copy()
    white[100:300, 100:300] = 255
    black = photo.copy()
    black[100:300, 100:300] = 0

    assert codes_of(_answer(client, clear, encode_png(white), photo)) == {"pair.identical"}
    assert codes_of(_answer(client, clear, _file(Image.fromarray(np.dstack([black, alpha]))), photo)) == {
        "pair.identical"
    }


def test_an_object_behind_a_transparent_hole_is_found(client: httpx.Client, photo: RGB) -> None:
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[100:300, 100:300] = 0

    found = _answer(client, encode_png(photo), _file(Image.fromarray(np.dstack([photo, alpha]))), photo)

    assert sum(intersection(box, (100, 100, 300, 300)) for box in kept_boxes(found)) > 20_000


def test_a_photo_turned_by_its_exif_alone_is_the_same(client: httpx.Client, photo: RGB) -> None:
    upright = Image.fromarray(photo[:400])
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    turned = _file(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)

    found = _answer(client, _file(upright), turned, np.asarray(upright))

    assert (found.verdict, found.alignment.model) == (Verdict.SAME, "identity")


def test_narrow_sixteen_bit_grey_is_compared_over_the_range_of_both_images(client: httpx.Client) -> None:
    plane = np.tile(np.linspace(2000, 2600, 320).astype(np.uint16), (240, 1))
    nearer = plane.copy()
    nearer[80:160, 100:180] = 1400
    one, two = _file(Image.fromarray(plane)), _file(Image.fromarray(nearer))

    answer = _post(client, one, two)
    found = Detection.model_validate_json(answer.content)

    assert found.verdict is Verdict.DIFFERENT
    assert intersection(kept_boxes(found)[0], (100, 80, 180, 160)) > 4000
    assert [reason.value for reason in found.reasons if reason.code == "pair.stretched"] == [round(1200 / 65535, 4)]


def _header_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing: the header is all that anybody may read."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"\x00" * 16) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (17_000, 1), (16_000, 16_000)])
def test_a_huge_image_is_refused_with_its_size_and_the_limits(
    client: httpx.Client, photo: RGB, width: int, height: int
) -> None:
    answer = _post(client, encode_png(photo), _header_of(width, height))
    (error,) = answer.json()["errors"]

    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/image2", "image.too_many_pixels")
    assert "64000000 pixels" in error["detail"]
    assert "16384 pixels a side" in error["detail"]


@functools.cache
def _largest() -> tuple[bytes, bytes]:
    large = Image.new("RGB", (8000, 8000), (90, 120, 90))
    edited = large.copy()
    edited.paste((240, 30, 30), (2000, 4000, 4000, 5000))
    return _file(large, compress_level=1), _file(edited, compress_level=1)


def test_the_largest_pair_that_is_taken_is_answered_in_its_own_pixels(client: httpx.Client) -> None:
    found = _answer(client, *_largest(), np.broadcast_to(np.uint8(0), (8000, 8000, 3)))

    assert any(intersection(box, (2000, 4000, 4000, 5000)) > 1_900_000 for box in kept_boxes(found))
