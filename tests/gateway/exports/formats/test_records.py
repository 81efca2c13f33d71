"""`records`: the documents of the API, and each image once."""

from pathlib import Path

from gateway.exports.formats.records import RecordsExporter
from imgdiff.records import Record
from tests.gateway.exports.conftest import SmallDataset
from tests.gateway.exports.dataset import write_folder


def test_each_line_is_a_record_as_the_api_answers_it(small: SmallDataset, tmp_path: Path) -> None:
    folder = write_folder(RecordsExporter(), small.source, tmp_path / "out")
    lines = (folder / "records.jsonl").read_text().splitlines()

    assert [Record.model_validate_json(line) for line in lines] == small.records
    assert len(list((folder / "images").iterdir())) == 3
