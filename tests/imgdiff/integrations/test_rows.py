"""The row of a record or of a problem: the same columns, whatever happened."""

import json
from pathlib import Path

import pytest

from imgdiff.errors import NotFound
from imgdiff.integrations.rows import COLUMNS, failed, found, require_free, require_given, to_columns
from imgdiff.records import Record

CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.mark.parametrize("name", ["record.json", "record_v1.json"])
def test_a_record_becomes_a_row_with_its_kept_regions(name: str) -> None:
    record = Record.model_validate_json((CONTRACTS / name).read_text())
    row = found(record)
    kept = [region for region in record.regions if region.kept]

    assert Record.model_validate_json(row["document"] or "") == record
    assert kept
    assert [region["box"] for region in row["regions"]] == [list(region.box) if region.box else None for region in kept]
    document = [region.model_dump(mode="json") for region in kept]
    assert json.loads(json.dumps(row["regions"])) == [{name: of[name] for name in row["regions"][0]} for of in document]
    assert (row["record"], row["verdict"], row["caption"]) == (record.id, record.verdict.value, record.caption)
    assert (row["problem"], row["problem_detail"]) == (None, None)


def test_rows_of_both_kinds_have_all_columns() -> None:
    record = Record.model_validate_json((CONTRACTS / "record.json").read_text())
    columns = to_columns([found(record), failed(NotFound("no asset"))], "diff_")

    assert list(columns) == [f"diff_{name}" for name in COLUMNS]
    assert columns["diff_problem"] == [None, "not-found"]
    assert columns["diff_regions"][1] == []


def test_columns_that_clash_or_lack_are_named() -> None:
    with pytest.raises(ValueError, match="has a column 'caption' already"):
        require_free(["image1", "caption"], "")
    with pytest.raises(ValueError, match="no column 'before'; its columns are image1, caption"):
        require_given(["image1", "caption"], ["before"])
