"""A prefix of a bucket is read as a folder of pairs, a page at a time, its images when their turn comes."""

from typing import Any

import pytest

from imgdiff.cli.batches.entries import Entry, Picture
from imgdiff.cli.batches.manifests import open_manifest
from imgdiff.errors import InvalidRequest, NotFound

_NAMES = ["10.png", "2.JPG", "B.webp", "a b.png", "ä.png"]  # in the order of their bytes


@pytest.fixture
def address(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Five pairs below a prefix, listed two at a time, between things that are none."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")  # of a page of the server
    for side in ("before", "after"):
        for name in reversed(_NAMES):
            bucket.put_object(Key=f"set/{side}/{name}", Body=f"{side} {name}".encode())
        bucket.put_object(Key=f"set/{side}/notes.txt", Body=b"")
        bucket.put_object(Key=f"set/{side}/deep/1.png", Body=b"")
    bucket.put_object(Key="set/after/alone.png", Body=b"")
    bucket.put_object(Key="setting/before/1.png", Body=b"")
    return f"s3://{bucket.name}/set"


def _read(entry: Entry) -> list[bytes]:
    return [image.read() for image in entry.images.values() if isinstance(image, Picture)]


@pytest.mark.parametrize("after", [0, 3, 5])
def test_pairs_are_images_of_the_same_name(address: str, after: int) -> None:
    with open_manifest(f"{address}/") as manifest:
        entries = [one for one in manifest.entries(after) if isinstance(one, Entry)]
        contents = [_read(one) for one in entries]

    assert [(one.line, one.document) for one in entries] == [
        (line, {"custom_id": name, "body": {}}) for line, name in enumerate(_NAMES, 1) if line > after
    ]
    assert contents == [[f"before {name}".encode(), f"after {name}".encode()] for name in _NAMES[after:]]
    assert str(manifest.place).startswith("s3-")


def test_an_image_without_a_partner_or_a_prefix_without_pairs_is_refused(address: str, bucket: Any) -> None:
    bucket.Object("set/after/2.JPG").delete()
    for name, complaint in ((address, r"set/after/2\.JPG is missing"), (f"{address}/before", "holds no pairs")):
        with pytest.raises(InvalidRequest, match=complaint), open_manifest(name):
            pass
    with pytest.raises(NotFound, match="no bucket"), open_manifest("s3://no-such-bucket/set"):
        pass


def test_an_image_that_went_after_the_listing_is_named(address: str, bucket: Any) -> None:
    with open_manifest(address) as manifest:
        first = next(manifest.entries(0))
        bucket.Object("set/before/10.png").delete()
        assert isinstance(first, Entry)
        with pytest.raises(InvalidRequest, match=r"/set/before/10\.png is missing"):
            _read(first)


def test_other_images_and_other_prefixes_have_another_fingerprint(bucket: Any) -> None:
    for key in ("x/A/1.png", "x/B/1.png", "y/A/1.png", "y/B/1.png"):
        bucket.put_object(Key=key, Body=b"1")
    prints = []
    for prefix in ("x", "y", "x"):
        with open_manifest(f"s3://{bucket.name}/{prefix}") as manifest:
            prints.append(manifest.fingerprint)
        bucket.put_object(Key="x/B/1.png", Body=b"another")

    assert len(set(prints)) == 3
