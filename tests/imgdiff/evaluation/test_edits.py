"""Records are scored against their true edits."""

from pathlib import Path
from typing import Any

import pytest

from imgdiff.evaluation.edits import score_records
from imgdiff.evidence import Word, WordSource
from imgdiff.records import Change, Edit, Operation, Record, Region, Source

GOLDEN = Path(__file__).parents[2] / "contracts" / "record.json"
PLACE = (100, 100, 200, 200)


@pytest.fixture
def golden() -> Record:
    return Record.model_validate_json(GOLDEN.read_bytes())


def _record(golden: Record, edit: Edit | None, *regions: Region) -> Record:
    source = Source(kind="synthesis" if edit else "upload", edit=edit)
    return golden.model_copy(update={"source": source, "regions": regions})


def _edit(operation: Operation = Operation.REMOVE, **fields: Any) -> Edit:
    return Edit(operation=operation, box=PLACE, boxes=(PLACE,), seed=1, **fields)


def _region(**fields: Any) -> Region:
    given = {"box": PLACE, "change": Change.REMOVED, "difference": 0.5, "kept": True, "caption": "It is gone."}
    return Region.model_validate(given | fields)


def test_a_right_record_scores_everywhere(golden: Record) -> None:
    right = _record(golden, _edit(before="cup"), _region(label1="a coffee cup"))

    report = score_records("d", [right])

    score = report.operations[Operation.REMOVE]
    assert (report.records, report.syntheses) == (1, 1)
    assert [share.percent for share in (score.found, score.kind, score.nouns, score.sentence)] == [100.0] * 4
    assert (score.elsewhere, score.given_nouns) == (0, 0)


def test_wrong_place_kind_and_noun_are_counted_apart(golden: Record) -> None:
    edit = _edit(before="cup")
    missed = _record(golden, edit, _region(box=(300, 300, 400, 400)), _region(kept=False))
    wrong = _record(golden, edit, _region(change=Change.CHANGED, label1="dog", caption=None))
    unnamed = _record(golden, edit, _region())

    score = score_records("d", [missed, wrong, unnamed]).all_edits

    assert (score.found.right, score.found.of, score.elsewhere) == (2, 3, 1)
    assert (score.kind.right, score.kind.of) == (1, 2)
    assert (score.nouns.right, score.nouns.of) == (0, 2)
    assert (score.sentence.right, score.sentence.of) == (1, 2)


def test_a_moved_object_counts_only_with_both_places(golden: Record) -> None:
    there = (300, 300, 400, 400)
    edit = Edit(operation=Operation.MOVE, box=PLACE, boxes=(PLACE, there), seed=1, before="cup", after="cup")
    here = _region(change=Change.MOVED, label1="cups", label2="cup")
    both = _record(golden, edit, here, _region(box=there, change=Change.MOVED))
    half = _record(golden, edit, here)

    score = score_records("d", [both, half]).operations[Operation.MOVE]

    assert (score.found.right, score.found.of) == (1, 2)
    assert (score.kind.percent, score.nouns.right, score.nouns.of) == (100.0, 2, 2)


def test_nouns_of_given_captions_are_counted_as_such(golden: Record) -> None:
    given = _region(label1="cup", words=(Word(text="cup", image=1, source=WordSource.GIVEN),))

    score = score_records("d", [_record(golden, _edit(before="cup"), given)]).all_edits

    assert (score.nouns.right, score.given_nouns) == (1, 1)


def test_uploads_and_regenerated_pairs_are_not_scored(golden: Record) -> None:
    regenerated = _record(golden, _edit(Operation.REPLACE, regenerated=True), _region())

    report = score_records("d", [_record(golden, None, _region()), regenerated])

    assert (report.records, report.syntheses, report.regenerated) == (2, 0, 1)
    assert report.operations == {}
    assert report.all_edits.found.percent is None


def test_a_region_that_only_image2_extends_to_is_no_place_of_image1(golden: Record) -> None:
    beyond = _region(box=None, box2=PLACE)

    assert score_records("d", [_record(golden, _edit(), beyond)]).all_edits.found.right == 0
