"""Orders follow from what photos show, and a table tells what became of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks.synthesis.__main__ import report
from benchmarks.synthesis.engines import Outcome, Synthesiser
from benchmarks.synthesis.requests import (
    NO_SIZE,
    Case,
    PhotoSummary,
    list_cases,
    list_marked_cases,
    summarise_annotated,
    summarise_photos,
)
from benchmarks.synthesis.sheet import draw_sheet
from imgdiff.records import Edit, Operation, Reason
from services.imaging.masks import encode_mask
from training.coco_photos import Instance, Photo

CAT = np.asarray(data.chelsea(), np.uint8)  # type: ignore[no-untyped-call]


def _photo(name: str, label: str) -> Photo:
    mask = np.zeros(CAT.shape[:2], bool)
    mask[100:200, 100:250] = True
    return Photo(name, CAT, (Instance.of(label, mask),))


@pytest.fixture(scope="module")
def seen() -> list[PhotoSummary]:
    return [summarise_annotated(_photo("one", "cat")), summarise_annotated(_photo("two", "cup"))]


def test_every_operation_is_requested_where_it_makes_sense(seen: list[PhotoSummary]) -> None:
    listed = list(list_cases(seen, tuple(Operation), seed=1))

    assert {(one.operation, one.target) for one in listed if one.name == "one"} == {
        (Operation.REPLACE, "cat"),
        (Operation.REMOVE, "cat"),
        (Operation.MOVE, "cat"),
        (Operation.RECOUNT, "cat"),
        (Operation.ADD, None),
    }
    assert any(one.operation is Operation.RECOLOUR for one in listed if one.name == "two")
    for one in listed:
        assert bool(one.donors) == (one.operation in {Operation.REPLACE, Operation.ADD})
        assert one.size == (NO_SIZE if one.operation is Operation.ADD else "10-20 %")


def test_marked_objects_of_one_half_get_donors_from_the_other() -> None:
    photos = [_photo("one", "cat"), _photo("two", "dog"), _photo("three", "cup")]

    listed = list(list_marked_cases(photos, (Operation.REPLACE, Operation.ADD), seed=1, half=0))

    assert [(one.name, one.operation, one.target) for one in listed] == [
        ("one", Operation.REPLACE, "cat"),
        ("one", Operation.ADD, None),
        ("three", Operation.REPLACE, "cup"),
        ("three", Operation.ADD, None),
    ]
    assert all((one.outline is None) is (one.operation is Operation.ADD) for one in listed)
    assert [[donor.label for donor in one.described] for one in listed] == [["dog"], ["dog"], [], ["dog"]]
    assert all(len(one.donors) == len(one.described) for one in listed)


def test_cases_of_plain_photos_come_from_detected_objects(tmp_path: Path) -> None:
    Image.fromarray(CAT).save(tmp_path / "chelsea.png")

    (one,) = summarise_photos(tmp_path)

    assert "cat" in one.labels


def _outcome(*, found: bool) -> Outcome:
    mask = np.zeros(CAT.shape[:2], np.bool_)
    mask[100:200, 100:250] = True
    box = (100, 100, 250, 200)
    edit = Edit(operation=Operation.REMOVE, box=box, boxes=(box,), mask=encode_mask(mask), before="cat", seed=1)
    order = Case("one", CAT, Operation.REMOVE, "cat", 0.11)
    after = np.where(mask[..., None], 0, CAT).astype(np.uint8)
    return Outcome(order, (), 1.0, after, edit, 99.0, (box, (0, 0, 20, 20)) if found else ())


def test_a_replacement_without_donors_is_refused() -> None:
    outcome = Synthesiser(rounds=3, seed=0).run(Case("one", CAT, Operation.REPLACE, "cat", 0.11))

    assert [reason.code for reason in outcome.reasons] == ["edit.donor_not_found"]


def test_a_record_is_made_and_found_and_reasons_are_counted(seen: list[PhotoSummary], tmp_path: Path) -> None:
    refused = Outcome(Case("two", CAT, Operation.REMOVE, "cup", 0.11), (Reason(code="edit.not_confirmed"),), 1.0)
    outcomes = [_outcome(found=True), _outcome(found=False), refused]

    assert [one.is_record for one in outcomes] == [True, False, False]
    assert outcomes[0].extra == 1
    table = "\n".join(report(outcomes))
    assert "| remove | 10-20 % | 0.33" in table
    assert "edit.not_confirmed 1" in table
    assert "not found 1" in table
    draw_sheet(outcomes, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size[0] > 1000
