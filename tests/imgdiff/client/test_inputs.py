"""Images are read from whatever callers pass."""

import io
from pathlib import Path

import pytest

from imgdiff.client.inputs import ImageFile, read_image
from imgdiff.errors import InvalidImage
from imgdiff.options import AssetRef


def test_bytes_and_nameless_files_are_named_after_their_field() -> None:
    assert read_image(b"one", "image1") == ImageFile("image1", b"one")
    assert read_image(io.BytesIO(b"two"), "image2") == ImageFile("image2", b"two")


def test_paths_and_open_files_keep_their_names(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"three")

    assert read_image(path, "image1") == read_image(str(path), "image1") == ImageFile("photo.png", b"three")
    with path.open("rb") as file:
        assert read_image(file, "image1") == ImageFile("photo.png", b"three")


def test_an_asset_is_passed_on() -> None:
    asset = AssetRef(asset="sha256:" + "a" * 64)

    assert read_image(asset, "image1") is asset


def test_a_missing_file_is_reported_at_its_field(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage) as caught:
        read_image(tmp_path / "none.png", "image2")

    assert (caught.value.errors[0].pointer, caught.value.errors[0].code) == ("/image2", "image.unreadable")


def test_a_file_in_a_json_body_is_base64() -> None:
    assert ImageFile("a", b"\x00\x01").inline().base64 == "AAE="


def test_any_bytes_hold_a_file() -> None:
    assert read_image(bytearray(b"one"), "a") == read_image(memoryview(b"one"), "a") == ImageFile("a", b"one")
