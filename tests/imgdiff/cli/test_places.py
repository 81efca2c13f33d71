"""A mask on the command line is a picture or JSON; anything else is a usage error that names the file."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from pycocotools import mask as coco

from imgdiff.cli.places import parse_box, read_mask
from imgdiff.objects.places import Mask

PIXELS = np.zeros((30, 40), np.uint8)
PIXELS[10:20, 5:15] = 255
COUNTS = coco.encode(np.asfortranarray(PIXELS // 255))["counts"].decode()


@pytest.mark.parametrize("name", ["mask.png", "mask.webp", "cutout.png"])
def test_a_picture_is_a_mask_where_it_is_white_or_opaque(tmp_path: Path, name: str) -> None:
    picture = Image.fromarray(PIXELS)
    if name == "cutout.png":
        picture = Image.merge("RGBA", [Image.new("L", picture.size, 9)] * 3 + [picture])
    picture.save(tmp_path / name, lossless=True)

    assert read_mask(tmp_path / name) == Mask(size=(30, 40), counts=COUNTS)


def test_json_is_run_lengths_or_an_annotation_with_them(tmp_path: Path) -> None:
    mask = {"size": [30, 40], "counts": COUNTS}
    for document in (mask, {"id": 7, "segmentation": mask}):
        path = tmp_path / "mask.json"
        path.write_text(json.dumps(document))
        assert read_mask(path) == mask


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{broken", "is no JSON"),
        (b'{"segmentation": [[1, 2, 3, 4, 5, 6]]}', "holds polygons"),
        (b'{"a":' * 100_000, "is no JSON"),
        (b"neither", "neither a JSON object nor a picture"),
    ],
)
def test_a_file_without_a_mask_is_named_in_the_error(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "mask").write_bytes(content)

    with pytest.raises(typer.BadParameter, match=complaint):
        read_mask(tmp_path / "mask")


def test_a_picture_that_is_opaque_everywhere_is_a_mask_where_it_is_white(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).convert("RGBA").save(tmp_path / "mask.png")

    assert read_mask(tmp_path / "mask.png") == Mask(size=(30, 40), counts=COUNTS)


def test_a_picture_of_more_pixels_than_pillow_opens_is_named(tmp_path: Path) -> None:
    Image.new("1", (8, 8)).save(tmp_path / "mask.png")
    content = (tmp_path / "mask.png").read_bytes()
    (tmp_path / "mask.png").write_bytes(_widen(content, 100_000))

    with pytest.raises(typer.BadParameter, match="exceeds limit"):
        read_mask(tmp_path / "mask.png")


def _widen(png: bytes, side: int) -> bytes:
    """The file with another width and height in its header."""
    header = b"IHDR" + side.to_bytes(4, "big") * 2 + png[24:29]
    return png[:12] + header + zlib.crc32(header).to_bytes(4, "big") + png[33:]


def test_a_box_is_four_whole_numbers() -> None:
    assert parse_box("1,2,30,40") == (1, 2, 30, 40)
    with pytest.raises(typer.BadParameter, match="X1,Y1,X2,Y2"):
        parse_box("1,2,3")
