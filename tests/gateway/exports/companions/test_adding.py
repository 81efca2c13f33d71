"""What is beside an export: complete, the same every time, and gone where the export is one file."""

import json
from fnmatch import fnmatch
from pathlib import Path

import pytest

from gateway.exports.catalogue import EXPORTERS, find_exporter
from gateway.exports.companions.adding import add_companions
from gateway.exports.companions.layouts import LAYOUTS
from gateway.exports.containers import Container
from gateway.exports.stream import settle
from imgdiff.records import Record
from tests.gateway.exports.dataset import COMPANIONS, SmallDataset, write_folder


@pytest.mark.parametrize("name", EXPORTERS)
def test_they_follow_the_files_of_every_format(small: SmallDataset, name: str) -> None:
    exporter = find_exporter(name)
    own = [file.path for file in exporter.files(small.source, images=True)]
    paths = [file.path for file in add_companions(exporter, small.source, images=True)]

    assert (paths[: len(own)], set(paths[len(own) :])) == (own, COMPANIONS)


@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize("name", EXPORTERS)
def test_every_file_of_a_format_is_of_a_group_that_they_describe(
    small: SmallDataset, name: str, *, images: bool
) -> None:
    groups = [group.includes for group in LAYOUTS[name].files if images or not group.images]
    paths = [file.path for file in find_exporter(name).files(small.source, images=images)]

    assert [path for path in paths if not any(fnmatch(path, pattern) for pattern in groups)] == []


def test_two_exports_have_the_same_bytes(small: SmallDataset) -> None:
    first, second = (
        [
            (file.path, b"".join(file.read()))
            for file in add_companions(find_exporter("jsonl"), small.source, images=True)
        ]
        for _ in range(2)
    )

    assert first == second


def test_without_images_there_is_no_page(small: SmallDataset) -> None:
    paths = {file.path for file in add_companions(find_exporter("jsonl"), small.source, images=False)}

    assert paths == {"data.jsonl", *COMPANIONS} - {"sample.html"}


def test_a_lone_file_has_nothing_beside_it(small: SmallDataset) -> None:
    export = settle(find_exporter("records"), small.source, Container.NONE, None, add_companions)
    lines = b"".join(export.read()).splitlines()

    assert [Record.model_validate_json(line) for line in lines] == small.records


@pytest.mark.parametrize("container", [Container.TAR, Container.ZIP])
def test_an_export_goes_on_in_the_midst_of_them(small: SmallDataset, container: Container) -> None:
    export = settle(find_exporter("jsonl"), small.source, container, True, add_companions)
    whole = b"".join(export.read())
    start = whole.index(b"pretty_name")

    assert b"".join(export.read(start)) == whole[start:]


def test_the_sample_has_the_records_as_the_api_answers_them(small: SmallDataset, folder: Path) -> None:
    lines = (folder / "sample.jsonl").read_text().splitlines()

    sample = {record.id: record for record in map(Record.model_validate_json, lines)}

    assert sample == {record.id: record for record in small.records}


def test_an_empty_dataset_is_described_as_well(empty: SmallDataset, tmp_path: Path) -> None:
    for name in EXPORTERS:
        folder = write_folder(find_exporter(name), empty.source, tmp_path / name)

        assert (folder / "sample.jsonl").read_bytes() == b""
        assert not (folder / "sample.html").exists()
        assert json.loads((folder / "funnel.json").read_text())["totals"]["asked"] == 0
