"""Thumbnails are made once, kept beside their image, and deleted with it."""

import io
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.thumbnails import ThumbnailSize
from tests.gateway.conftest import Serve


def _upload(client: httpx.Client, width: int, height: int, orientation: int = 1) -> str:
    """A picture that is red on the left and blue on the right; returns its id."""
    picture = Image.new("RGB", (width, height), (255, 0, 0))
    picture.paste((0, 0, 255), (width // 2, 0, width, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, "PNG", exif=exif)
    return str(client.post("/v1/assets", files={"image": ("a.png", out.getvalue())}).raise_for_status().json()["id"])


def test_a_thumbnail_is_small_upright_and_cached(client: httpx.Client) -> None:
    path = f"/v1/assets/{_upload(client, 1200, 600, orientation=6)}/thumbnail"  # lies on its side

    answer = client.get(path)
    picture = Image.open(io.BytesIO(answer.content))

    assert (answer.status_code, answer.headers["content-type"], picture.format) == (200, "image/webp", "WEBP")
    assert picture.size == (160, 320)
    top, bottom = (np.asarray(picture)[row, 80] for row in (40, 280))
    assert (top[0] > 200, bottom[2] > 200) == (True, True)
    assert "immutable" in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"]
    again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path).content == answer.content
    assert Image.open(io.BytesIO(client.get(path, params={"size": 640}).content)).size == (320, 640)


def test_a_small_image_is_not_enlarged_and_another_size_is_refused(client: httpx.Client) -> None:
    path = f"/v1/assets/{_upload(client, 64, 48)}/thumbnail"

    assert Image.open(io.BytesIO(client.get(path).content)).size == (64, 48)
    assert client.get(path, params={"size": 100}).status_code == 422
    assert client.get("/v1/assets/sha256:" + "0" * 64 + "/thumbnail").status_code == 404


def test_thumbnails_are_deleted_with_their_image(settings: GatewaySettings, serve: Serve, tmp_path: Path) -> None:
    client = serve(create_app(settings.model_copy(update={"asset_grace_seconds": 0})))
    path = f"/v1/assets/{_upload(client, 700, 500)}/thumbnail"
    for size in ThumbnailSize:
        assert client.get(path, params={"size": size}).status_code == 200
    kept = list((tmp_path / "assets").rglob("*.webp"))

    assert len(kept) == 3
    assert client.post("/v1/assets/prune").json()["assets"] == 1
    assert [one for one in (tmp_path / "assets").rglob("*") if one.is_file()] == []
    assert client.get(path).status_code == 404
