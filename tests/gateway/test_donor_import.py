"""`imgdiff donors` fills the library of a real gateway from drawings in a COCO folder and from cut-outs."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw
from pycocotools import mask as coco
from typer.testing import CliRunner

from imgdiff.cli.app import app
from imgdiff.cli.exit_codes import ExitCode
from imgdiff.client import Client

RUNNER = CliRunner()
LICENCES = [
    {"id": 1, "name": "Attribution", "url": "http://creativecommons.org/licenses/by/2.0/"},
    {"id": 2, "name": "House licence", "url": None},
]
CATEGORIES = [
    {"id": 1, "name": "cup", "supercategory": "kitchen"},
    {"id": 2, "name": "ball", "supercategory": "sports"},
]
NOT_FINITE = {
    "images": [],
    "categories": [],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [math.nan, 0, 1, 1]}],
}


@pytest.fixture(autouse=True)
def _terminal(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGDIFF_URL", str(client.base_url))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def library(client: httpx.Client) -> Iterator[Client]:
    with Client(str(client.base_url)) as library:
        yield library


def _square(left: int, top: int, side: int = 40) -> list[float]:
    return [left, top, left + side, top, left + side, top + side, left, top + side]


def _annotation(number: int, image: int, polygon: list[float] | None = None, **more: Any) -> dict[str, Any]:
    found = {"id": number, "image_id": image, "category_id": 1, "iscrowd": 0, **more}
    if polygon is not None:
        across, down = polygon[::2], polygon[1::2]
        bbox = [min(across), min(down), max(across) - min(across), max(down) - min(down)]
        found |= {"segmentation": [polygon], "bbox": bbox, "area": bbox[2] * bbox[3]}
    return found


def _images() -> list[dict[str, Any]]:
    size = {"width": 240, "height": 160}
    return [
        {"id": 1, "file_name": "one.png", "license": 1, "flickr_url": "http://photos.example/one", **size},
        {"id": 2, "file_name": "two.png", "license": 2, **size},
        {"id": 3, "file_name": "three.png", "license": None, **size},
        {"id": 4, "file_name": "lost.png", "license": 1, **size},
        {"id": 5, "file_name": "turned.png", "license": 1, "width": 160, "height": 240},
    ]


def _annotations() -> list[dict[str, Any]]:
    ball = np.zeros((160, 240), np.uint8)
    ball[60:110, 150:200] = 1
    run_lengths = coco.encode(np.asfortranarray(ball))
    outline = {"size": [160, 240], "counts": run_lengths["counts"].decode()}
    return [
        _annotation(1, 1, _square(30, 30)),
        _annotation(2, 1, segmentation=outline, bbox=[150, 60, 50, 50], area=2500, category_id=2),
        _annotation(3, 1, _square(0, 90)),  # cut off
        _annotation(4, 1, _square(100, 100, 10)),  # tiny
        _annotation(5, 1, segmentation={"size": [160, 240], "counts": [0, 38400]}, bbox=[0, 0, 240, 160], iscrowd=1),
        _annotation(6, 2, bbox=[90.4, 50.2, 60.1, 40.9]),  # no outline
        _annotation(7, 2, _square(30, 30), category_id=9),
        _annotation(8, 3, _square(30, 30)),
        _annotation(9, 4, _square(30, 30)),
        _annotation(10, 5, _square(30, 30)),
        _annotation(11, 2, segmentation=[[100.0, 10.0, 100.0, 10.0]], bbox=[100, 10, 50, 50]),  # no polygon
    ]


@pytest.fixture
def coco_folder(tmp_path: Path) -> Path:
    """A COCO-format folder of drawings, with every kind of object that is left out."""
    (tmp_path / "images").mkdir()
    (tmp_path / "annotations").mkdir()
    for shade, name in enumerate(("one", "two", "three", "turned")):
        drawing = Image.new("RGB", (240, 160), (200 - 20 * shade,) * 3)
        ImageDraw.Draw(drawing).rectangle((30, 30, 69, 69), "navy")
        drawing.save(tmp_path / "images" / f"{name}.png")
    document = {"images": _images(), "annotations": _annotations(), "categories": CATEGORIES, "licenses": LICENCES}
    (tmp_path / "annotations" / "instances_drawn.json").write_text(json.dumps(document))
    return tmp_path


def _run(*arguments: str) -> Any:
    result = RUNNER.invoke(app, ["donors", *arguments, "--json"])
    assert result.exit_code == ExitCode.OK, result.output
    return json.loads(result.stdout)


def test_whole_objects_of_a_coco_folder_are_imported_and_the_others_counted(coco_folder: Path, library: Client) -> None:
    report = _run("import", str(coco_folder))
    donors = {donor.reference: donor for donor in library.donors()}

    assert report["added"] == {"ball": 1, "cup": 2}
    assert report["skipped"] == {
        "cut off at a border": 1,
        "smaller than 32x32 pixels": 1,
        "a crowd": 1,
        "no category": 1,
        "no licence (name it with --licence)": 1,
        "no image file": 1,
        "the image has another size than its annotations": 1,
        "polygons: too_short": 1,
    }
    assert set(donors) == {"annotation 1", "annotation 2", "annotation 6"}
    cup, ball, boxed = (donors[f"annotation {number}"] for number in (1, 2, 6))
    assert (cup.source, cup.licence, cup.category) == ("http://photos.example/one", "CC-BY-2.0", "kitchen")
    assert (cup.box, ball.pixels, boxed.box, boxed.mask) == ((30, 30, 70, 70), 2500, (90, 50, 151, 92), None)
    assert (boxed.source, boxed.licence) == ("two.png", "House licence")


def test_an_import_that_is_run_again_sends_only_what_is_missing(coco_folder: Path, library: Client) -> None:
    _run("import", str(coco_folder), "--label", "balls")
    again = _run("import", str(coco_folder), "--licence", "CC0-1.0")
    last = _run("import", str(coco_folder), "--licence", "CC0-1.0")

    assert (again["added"], again["known"]) == ({"cup": 3}, 1)
    assert (last["added"], last["known"]) == ({}, 4)
    assert {donor.licence for donor in library.donors(source="three.png")} == {"CC0-1.0"}


def test_a_label_has_as_many_objects_as_are_wanted(coco_folder: Path) -> None:
    report = _run("import", str(coco_folder), "--per-label", "1")
    again = _run("import", str(coco_folder), "--per-label", "1")
    more = _run("import", str(coco_folder), "--per-label", "2")

    assert report["added"] == {"ball": 1, "cup": 1}
    assert report["skipped"]["enough of its label"] == 3
    assert (again["added"], again["known"]) == ({}, 2)
    assert (more["added"], more["known"]) == ({"cup": 1}, 2)


def _cutout(path: Path, colour: str, transparent: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGBA", (50, 50), "#00000000" if transparent else "white")
    ImageDraw.Draw(picture).ellipse((2, 2, 47, 47), colour)
    picture.save(path, lossless=True)


def test_cutouts_are_labelled_by_folder_name_or_table(tmp_path: Path, library: Client) -> None:
    folder = tmp_path / "things"
    _cutout(folder / "red_ball_02.png", "red")
    _cutout(folder / "cups" / "a.webp", "blue")
    _cutout(folder / "003.png", "green")
    _cutout(folder / "solid.png", "grey", transparent=False)
    named = _run("import", str(folder), "--licence", "CC0-1.0")

    assert named["added"] == {"cups": 1, "red ball": 1}
    assert named["skipped"] == {"no label": 1, "mask: missing": 1}

    table = tmp_path / "labels.csv"
    table.write_text("file,label,category,licence,source\n003.png,apple,fruit,CC-BY-4.0,an orchard\n")
    tabled = _run("import", str(folder), "--labels", str(table), "--licence", "CC0-1.0")
    (apple,) = library.donors(label="apples")

    assert (tabled["added"], tabled["known"]) == ({"apple": 1}, 2)
    assert (apple.category, apple.licence, apple.source, apple.reference) == (
        "fruit",
        "CC-BY-4.0",
        "an orchard",
        "003.png",
    )


def test_a_row_of_the_table_whose_file_is_not_there_is_counted(tmp_path: Path) -> None:
    _cutout(tmp_path / "a.png", "red")
    (tmp_path / "labels.csv").write_text("file,label,licence\na.png,ball,CC0-1.0\nlost.png,cup,CC0-1.0\n")
    report = _run("import", str(tmp_path), "--labels", str(tmp_path / "labels.csv"))

    assert (report["added"], report["skipped"]) == ({"ball": 1}, {"no image file": 1})


def _import_squares(folder: Path, names: list[str]) -> Any:
    """Import one square without a box from an image of each name."""
    size = {"width": 240, "height": 160, "license": 1}
    images = [{"id": number, "file_name": name, **size} for number, name in enumerate(names)]
    annotations = [
        {"id": number, "image_id": number, "category_id": 1, "segmentation": [_square(30, 30)]}
        for number in range(len(names))
    ]
    document = {"images": images, "annotations": annotations, "categories": CATEGORIES, "licenses": LICENCES}
    (folder / "instances.json").write_text(json.dumps(document))
    return _run("import", str(folder))


def test_annotations_name_only_files_inside_their_folder_and_only_one_each(tmp_path: Path, library: Client) -> None:
    folder = tmp_path / "coco"
    for number, name in enumerate(("../secret.png", "a/same.png", "b/same.png", "b/one.png")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (240, 160), (40 * number,) * 3).save(path)
    report = _import_squares(
        folder, ["../secret.png", str(tmp_path / "secret.png"), "same.png", "b/same.png", "one.png"]
    )

    assert report["skipped"] == {"no image file": 2, "several image files of the name": 1}
    assert sorted(donor.source for donor in library.donors()) == ["b/same.png", "one.png"]


def test_objects_without_a_box_are_measured_by_their_polygons(tmp_path: Path) -> None:
    Image.new("RGB", (240, 160), "grey").save(tmp_path / "one.png")
    size = {"width": 240, "height": 160, "license": 1}
    outlines = [_square(0, 90), _square(100, 100, 10), _square(100, 30)]
    annotations = [
        {"id": number, "image_id": 1, "category_id": 1, "segmentation": [outline]}
        for number, outline in enumerate(outlines)
    ]
    images = [{"id": 1, "file_name": "one.png", **size}]
    document = {"images": images, "annotations": annotations, "categories": CATEGORIES, "licenses": LICENCES}
    (tmp_path / "instances.json").write_text(json.dumps(document))
    report = _run("import", str(tmp_path))

    assert report["added"] == {"cup": 1}
    assert report["skipped"] == {"cut off at a border": 1, "smaller than 32x32 pixels": 1}


def test_people_read_counts_and_donors_in_eighty_columns(coco_folder: Path, library: Client) -> None:
    imported = RUNNER.invoke(app, ["donors", "import", str(coco_folder)])
    listed = RUNNER.invoke(app, ["donors", "list", "--label", "ball"])
    donor = next(library.donors(label="ball"))
    deleted = RUNNER.invoke(app, ["donors", "delete", donor.id])

    assert "3  added, of 2 labels" in imported.stdout
    assert "1  left out: cut off at a border" in imported.stdout
    assert listed.stdout == f"{donor.id} ball, 6.5%, whole, CC-BY-2.0\n"
    assert max(map(len, (imported.stdout + listed.stdout).splitlines())) <= 80
    assert deleted.stdout == f"deleted {donor.id}\n"
    assert RUNNER.invoke(app, ["donors", "delete", donor.id]).exit_code == ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("{", "is not JSON"),
        ('{"images": []}', "is not COCO instances: /annotations"),
        ('{"images": [{"id": 1}], "annotations": [], "categories": []}', "/images/0/file_name"),
        ('{"images": ' + "[" * 100_000, "is not JSON"),
        (json.dumps(NOT_FINITE), "/annotations/0/bbox/0"),
    ],
)
def test_a_file_that_is_no_coco_instances_is_named_with_the_place(
    tmp_path: Path, document: str, complaint: str
) -> None:
    (tmp_path / "instances.json").write_text(document)
    result = RUNNER.invoke(app, ["donors", "import", str(tmp_path)])

    assert result.exit_code == ExitCode.BAD_INPUT
    assert complaint in result.stderr
    assert "instances.json" in result.stderr


def test_a_table_with_unknown_columns_and_several_instances_are_errors(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("file,colour\na.png,red\n")
    table = RUNNER.invoke(app, ["donors", "import", str(tmp_path), "--labels", str(tmp_path / "table.csv")])
    for name in ("instances_a.json", "instances_b.json"):
        (tmp_path / name).write_text("{}")
    several = RUNNER.invoke(app, ["donors", "import", str(tmp_path)])

    assert "unknown column 'colour'" in table.stderr
    assert several.exit_code == ExitCode.USAGE
