"""The Arrow types hold every row, and are the same for rows that found nothing."""

from pathlib import Path

import pyarrow as pa

from imgdiff.errors import NotFound
from imgdiff.integrations.arrow import arrow_schema
from imgdiff.integrations.rows import COLUMNS, RegionRow, failed, found
from imgdiff.records import Record

GOLDEN = Path(__file__).parents[2] / "contracts/record.json"


def test_rows_go_in_and_come_back_the_same() -> None:
    schema = arrow_schema("", "ray")
    rows = [found(Record.model_validate_json(GOLDEN.read_text())), failed(NotFound("no asset"))]

    assert schema.names == list(COLUMNS)
    assert [field.name for field in schema.field("regions").type.value_type] == list(RegionRow.__annotations__)
    assert pa.Table.from_pylist(rows, schema).to_pylist() == rows
    assert not any(pa.types.is_null(kind) for kind in schema.types)
