"""Spot-the-Diff and Image-Editing-Request as they are published."""

import json
from pathlib import Path

import pytest

from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.evaluation.layouts.catalogue import read_benchmark


def test_sentences_of_several_people_for_a_pair_are_its_references(spotted: Path) -> None:
    benchmark = read_benchmark("spot-the-diff", spotted, "test")

    images = spotted / "resized_images"
    assert [(one.id, one.references) for one in benchmark.samples] == [
        ("256", ("the red car is gone", "a red car has left")),
        ("67", ("a man has moved", "the man is nearer")),
    ]
    assert benchmark.samples[0].images == (images / "256.png", images / "256_2.png")
    assert (benchmark.task, benchmark.skipped) == ("captions", 1)


def test_requests_keep_their_images_and_sentences(requested: Path) -> None:
    (sample,) = read_benchmark("image-editing-request", requested, "test").samples

    assert sample.id == "R_1"
    assert sample.images == (requested / "images/a_1.jpg", requested / "images/a_2.png")
    assert sample.references == ("add fire", "Add a fire.", "put fire in")


def test_the_split_names_the_file(requested: Path) -> None:
    (requested / "test.json").rename(requested / "valid.json")

    assert len(read_benchmark("image-editing-request", requested, "valid").samples) == 1
    with pytest.raises(NotFound, match=r"test\.json"):
        read_benchmark("image-editing-request", requested, "test")


def test_a_wrong_entry_is_named(spotted: Path) -> None:
    path = spotted / "annotations/test.json"
    path.write_text(json.dumps([{"img_id": "1", "sentences": ["x"]}, {"img_id": "2"}]))
    with pytest.raises(InvalidRequest, match="entry 2: sentences: Field required"):
        read_benchmark("spot-the-diff", spotted, "test")

    path.write_text("[{")
    with pytest.raises(InvalidRequest, match="is no JSON"):
        read_benchmark("spot-the-diff", spotted, "test")

    path.write_text("{}")
    with pytest.raises(InvalidRequest, match="holds no list"):
        read_benchmark("spot-the-diff", spotted, "test")


def test_one_id_for_two_pairs_is_refused(requested: Path) -> None:
    path = requested / "test.json"
    (entry,) = json.loads(path.read_text())
    path.write_text(json.dumps([entry, entry | {"img1": "other.png"}]))

    with pytest.raises(InvalidRequest, match="several entries with one id: R_1"):
        read_benchmark("image-editing-request", requested, "test")


def test_a_file_without_any_sentence_is_refused(spotted: Path) -> None:
    (spotted / "annotations/test.json").write_text(json.dumps([{"img_id": "1", "sentences": []}]))

    with pytest.raises(NotFound, match=r"no entry of spot-the-diff in .* can be scored"):
        read_benchmark("spot-the-diff", spotted, "test")
