"""Manifests of each kind name requests and images, and say which lines are none."""

import json
from pathlib import Path

import pytest

from imgdiff.cli.batches.entries import Entry, Skipped
from imgdiff.cli.batches.manifests import open_manifest
from imgdiff.errors import InvalidRequest


def _read(path: Path) -> list[Entry | Skipped]:
    with open_manifest(path) as manifest:
        return list(manifest.entries(0))


def test_a_csv_file_names_pairs_captions_and_metadata(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(
        'image1,image2,instruction,town\na.png,b.png,"add a cup, red",Bonn\nc.png,d.png,,\n', encoding="utf-8-sig"
    )

    first, second = _read(path)

    assert first == Entry(
        2,
        {
            "custom_id": "line-2",
            "body": {
                "image1": "a.png",
                "image2": "b.png",
                "options": {"instruction": "add a cup, red", "metadata": {"town": "Bonn"}},
            },
        },
        {"image1": tmp_path / "a.png", "image2": tmp_path / "b.png"},
    )
    assert isinstance(second, Entry)
    assert second.document == {"custom_id": "line-3", "body": {"image1": "c.png", "image2": "d.png"}}


def test_a_csv_row_with_too_many_fields_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("image1,image2\na,b,c\na,b\n")

    assert [(type(one), one.line) for one in _read(path)] == [(Skipped, 2), (Entry, 3)]


@pytest.mark.parametrize("content", [b"", b"image1,caption1\n", b"image1,image2\n\xff,b\n", b'image1,image2\n"a,b\n'])
def test_a_csv_file_that_cannot_be_read_says_where(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(content)

    with pytest.raises(InvalidRequest, match=r"pairs\.csv"):
        _read(path)


def test_json_lines_are_the_apis_or_flat(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    api = {"custom_id": "s", "url": "/v1/syntheses", "body": {"operation": "remove", "image": "x/photo.jpg"}}
    asset = {"custom_id": "a", "body": {"image1": {"asset": "sha256:1"}, "image2": "b.png"}}
    flat = {"image1": "a.png", "image2": "/b.png", "caption2": "an egg", "n": 3, "metadata": {"town": "Bonn"}}
    made = {"url": "/v1/syntheses", "operation": "remove", "image": "p.jpg", "count": 2}
    path.write_text("\n".join([json.dumps(api), "", "{", "[]", json.dumps(asset), json.dumps(flat), json.dumps(made)]))

    first, broken, listed, second, third, last = _read(path)

    assert first == Entry(1, api, {"image": tmp_path / "x/photo.jpg"})
    assert [(type(one), one.line) for one in (broken, listed)] == [(Skipped, 3), (Skipped, 4)]
    assert isinstance(second, Entry)
    assert second.images == {"image2": tmp_path / "b.png"}
    assert isinstance(third, Entry)
    assert third.images["image2"] == Path("/b.png")
    assert third.document["body"]["options"] == {"caption2": "an egg", "metadata": {"town": "Bonn", "n": 3}}
    assert isinstance(last, Entry)
    assert last.document["body"] == {"image": "p.jpg", "operation": "remove", "count": 2}


@pytest.mark.parametrize("sides", [("image1", "image2"), ("before", "after"), ("A", "B")])
def test_a_folder_of_pairs_is_read_by_names(tmp_path: Path, sides: tuple[str, str]) -> None:
    for side in sides:
        (tmp_path / side).mkdir()
        for name in ("2.png", "1.JPG", "notes.txt"):
            (tmp_path / side / name).touch()

    entries = _read(tmp_path)

    assert [one.document["custom_id"] for one in entries if isinstance(one, Entry)] == ["1.JPG", "2.png"]
    (tmp_path / sides[1] / "2.png").unlink()
    with pytest.raises(InvalidRequest, match=r"2\.png is missing"):
        _read(tmp_path)


def test_anything_else_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "pairs.txt").touch()
    (tmp_path / "empty").mkdir()

    for name in ("pairs.txt", "empty"):
        with pytest.raises(InvalidRequest):
            _read(tmp_path / name)


def test_a_changed_manifest_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("image1,image2\n")
    with open_manifest(path) as before:
        path.write_text("image1,image2\na,b\n")
    with open_manifest(path) as after:
        assert after.fingerprint != before.fingerprint
