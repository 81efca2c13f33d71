"""A manifest in a bucket is read with the images that it names there."""

import json
from typing import Any

import pytest

from imgdiff.cli.batches.entries import Entry, Picture
from imgdiff.cli.batches.manifests import open_manifest
from imgdiff.errors import InvalidRequest


@pytest.fixture
def address(bucket: Any) -> str:
    """A CSV file with images beside it, below it and elsewhere in the bucket; notes that are no manifest."""
    rows = f"a.png,in/b.png,Bonn\n../other/c.png,s3://{bucket.name}/other/c.png,Ulm\n"
    bucket.put_object(Key="set/pairs.csv", Body=f"image1,image2,town\n{rows}".encode())
    for key in ("set/a.png", "set/in/b.png", "other/c.png", "set/notes.txt"):
        bucket.put_object(Key=key, Body=key.encode())
    return f"s3://{bucket.name}/set"


def _read(source: str, after: int = 0) -> list[tuple[Any, Any]]:
    with open_manifest(source) as manifest:
        return [
            (one.document["custom_id"], [image.read() for image in one.images.values() if isinstance(image, Picture)])
            for one in manifest.entries(after)
            if isinstance(one, Entry)
        ]


def test_a_manifest_is_read_by_its_address_or_as_the_only_one_below_a_prefix(address: str) -> None:
    last = ("line-3", [b"other/c.png", b"other/c.png"])
    for source in (address, f"{address}/pairs.csv"):
        assert _read(source) == [("line-2", [b"set/a.png", b"set/in/b.png"]), last]
        assert _read(source, 2) == [last]


def test_json_lines_at_the_top_of_a_bucket_are_read(bucket: Any) -> None:
    bucket.put_object(Key="pairs.jsonl", Body=json.dumps({"image1": "a.png", "image2": "/a.png"}).encode())
    bucket.put_object(Key="a.png", Body=b"1")

    assert _read(f"s3://{bucket.name}") == _read(f"s3://{bucket.name}/pairs.jsonl") == [("line-1", [b"1", b"1"])]


def test_a_prefix_with_several_manifests_or_none_is_refused(address: str, bucket: Any) -> None:
    bucket.put_object(Key="set/more.jsonl", Body=b"")
    for source, complaint in (
        (address, r"set holds several manifests; name one: more\.jsonl, pairs\.csv"),
        (f"{address}/none.csv", r"/set/none\.csv is missing"),
        (f"{address}/in", "holds no pairs"),
    ):
        with pytest.raises(InvalidRequest, match=complaint):
            _read(source)


@pytest.mark.parametrize(
    ("image", "complaint"),
    [
        ("gone.png", r"set/gone\.png is missing"),
        ("../../x.png", "is missing"),
        ("s3://elsewhere/x.png", "another bucket"),
    ],
)
def test_an_image_that_is_not_there_is_named(address: str, bucket: Any, image: str, complaint: str) -> None:
    bucket.put_object(Key="set/pairs.csv", Body=f"image1,image2\n{image},a.png\n".encode())

    with pytest.raises(InvalidRequest, match=complaint):
        _read(address)


def test_other_lines_have_another_fingerprint(address: str, bucket: Any) -> None:
    with open_manifest(address) as before:
        bucket.put_object(Key="set/pairs.csv", Body=b"image1,image2\na.png,a.png\n")
    with open_manifest(address) as after:
        assert after.fingerprint != before.fingerprint
