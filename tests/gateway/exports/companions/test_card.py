"""The dataset card: its head as Hugging Face reads it, its text as a reader sees it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard, DatasetCardData
from markdown_it import MarkdownIt

from gateway.exports.catalogue import EXPORTERS, find_exporter
from gateway.exports.companions.gates import Gates
from gateway.exports.companions.subject import Origin
from gateway.sampling.balance import BalanceBy, Sample
from gateway.sampling.choosing import choose_records
from gateway.statistics.reading import read_chosen
from gateway.store.retention import marks, versions
from gateway.store.retention.versions import Digest
from imgdiff.datasets import NewVersion, Rejections
from imgdiff.records import Record
from imgdiff.statistics.documents import Statistics
from tests.gateway.exports.dataset import SmallDataset, change_extent, write_folder
from tests.gateway.exports.hugging_face import load

TASKS = {"image-text-to-text", "visual-question-answering", "object-detection", "image-segmentation"}
LOADED = ("imagefolder", "jsonl", "parquet", "webdataset")  # by Hugging Face `datasets`
ODD = 'A | b `c` <b>d</b> *e*\n# f\n---\n$x$ & [g](h) \u2028 \U0001f600 "i" \\ \x07'


def _read(folder: Path) -> tuple[DatasetCardData, str]:
    card = DatasetCard.load(folder / "README.md")
    return card.data, card.text


def _describe(dataset: SmallDataset, **changes: Any) -> SmallDataset:
    described = dataset.source.dataset.model_copy(update=changes)
    return replace(dataset, source=replace(dataset.source, dataset=described))


@pytest.mark.parametrize("name", EXPORTERS)
def test_hugging_face_reads_its_head(small: SmallDataset, tmp_path: Path, name: str) -> None:
    data, text = _read(write_folder(find_exporter(name), small.source, tmp_path / name, images=False))

    assert ("viewer" in data.to_dict(), "configs" in data.to_dict()) == (name not in LOADED, name in LOADED)
    assert (data.license, data.size_categories, data.language) == ("unknown", ["n<1K"], ["en"])
    assert set(data.task_categories or ()) <= TASKS
    assert data.pretty_name == small.source.dataset.name
    assert find_exporter(name).main.rpartition("/")[2].partition("*")[0] in text


@pytest.mark.parametrize("name", LOADED)
def test_datasets_loads_the_folder_by_its_head(small: SmallDataset, tmp_path: Path, name: str) -> None:
    loaded = load(write_folder(find_exporter(name), small.source, tmp_path / name), tmp_path)

    assert sum(split.num_rows for split in loaded.values()) == len(small.records)


def test_any_text_is_shown_as_it_is(small: SmallDataset, tmp_path: Path) -> None:
    odd = _describe(small, description=ODD, tags=('a: "b"', "- c", "d\u2028e\x07", "\U0001f600"))
    data, text = _read(write_folder(find_exporter("jsonl"), odd.source, tmp_path / "out"))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    shown = [child.content for token in tokens for child in token.children or () if child.type == "text"]

    assert set(odd.source.dataset.tags) <= set(data.tags)
    assert {"A | b `c` <b>d</b> *e*", "# f", "---"} <= set(shown)
    assert not [token for token in tokens if "html" in token.type]


def test_it_gives_counts_splits_models_thresholds_and_what_was_refused(folder: Path) -> None:
    _, text = _read(folder)

    for line in (
        "| `different` | 2 |",
        "| `replaced` | 1 |",
        "| `remove` | 1 |",
        "| detection | lpips | 0.1 | BSD-2-Clause | 4 | `" + "3c" * 32 + "` |",
        "| `region.too_similar` | above | 0.85 | the paper | 4 | 0.85 |",
        "- `region.too_similar`: The two crops are more similar than the threshold.",
    ):
        assert line in text


def test_statistics_are_those_of_the_api(small: SmallDataset, folder: Path) -> None:
    _, text = _read(folder)
    source = small.source
    with source.database.reading() as session:
        expected = read_chosen(session, source.extent.condition, None, None, 1000)
    found = Statistics.model_validate_json((folder / "statistics.json").read_bytes())

    assert found == expected
    for line in (
        f"| categories of objects | {found.objects.categories}, named {found.objects.occurrences} times |",
        "| unique replacement pairs | 1, of 1 replacements |",
        "| dog | cat | 1 |",
        "| edits by operation | `remove` 1 |",
    ):
        assert line in text


def test_thresholds_say_where_they_come_from(small: SmallDataset, record: Record) -> None:
    thresholds = {
        "caption.mismatch": 0.2,
        "region.limit": 5,
        "region.too_small": 0.0025,
        "region.overlap": 0.5,
        "edit.not_found": 0.3,
        "pair.too_similar": 1.0,
    }
    requested = ["pair.too_similar", "region.overlap"]
    parameters: dict[str, Any] = {"thresholds": thresholds, "requested": requested}
    gates = Gates()
    gates.add(record.model_copy(update={"provenance": record.provenance.model_copy(update={"parameters": parameters})}))

    assert {name: origin for name, _, origin in gates.thresholds} == {
        "caption.mismatch": Origin.BACKEND,
        "region.limit": Origin.MAX_REGIONS,
        "region.too_small": Origin.PAPER,
        "region.overlap": Origin.REQUEST,
        "edit.not_found": Origin.ACCEPTANCE,
        "pair.too_similar": Origin.REQUEST,
    }


def test_it_counts_the_pairs_that_have_no_record(small: SmallDataset, tmp_path: Path) -> None:
    rejections = Rejections(pairs={"edit.not_found": 3, "edit.exhausted": 1}, attempts={"edit.not_found": 1200})
    _, text = _read(
        write_folder(find_exporter("jsonl"), replace(small.source, rejections=rejections), tmp_path / "some")
    )
    _, other = _read(write_folder(find_exporter("jsonl"), small.source, tmp_path / "unknown"))

    assert "4 pairs had been rejected without a record when this export began, and 1,200 attempts at pairs" in text
    assert "| `edit.not_found` | 3 | 1,200 | " in text
    assert "| `edit.exhausted` | 1 | 0 | " in text
    assert "How many pairs of the dataset were rejected without a record is not known." in other


def test_a_version_is_named_with_its_own_digest(small: SmallDataset, tmp_path: Path) -> None:
    source, name = small.source, small.source.dataset.name
    with source.database.writing() as session:
        frozen = versions.freeze(session, name, NewVersion(name="v1", description="First."), Digest(session, name))
        mark = marks.read(session, name, "v1")
    _, text = _read(write_folder(find_exporter("jsonl"), change_extent(source, mark=mark), tmp_path / "out"))

    assert f"| Version | `v1`, frozen on {frozen.created_at.date()}: First. |" in text
    assert frozen.digest in text


def test_a_part_says_how_it_was_chosen(small: SmallDataset, tmp_path: Path) -> None:
    condition = replace(small.source.extent.condition, min_confidence=0.5)
    chosen = replace(change_extent(small.source, condition=condition), limit=1)
    _, text = _read(write_folder(find_exporter("jsonl"), chosen, tmp_path / "out"))

    assert "| Chosen by | `min_confidence=0.5` |" in text
    assert "| Limited to | the first 1 records |" in text


def test_a_sample_says_how_it_was_drawn(small: SmallDataset, tmp_path: Path) -> None:
    source, sample = small.source, Sample(BalanceBy.CHANGE, None, 1, 7)
    with source.database.reading() as session:
        extent = source.extent
        chosen = choose_records(session, extent.condition, extent.through, extent.reviewed, sample)
    exported = replace(change_extent(source, chosen=chosen), sample=sample)
    _, text = _read(write_folder(find_exporter("jsonl"), exported, tmp_path / "out"))

    assert "| Chosen by | `balance=change`, `per_group=1`, `sample_seed=7` |" in text
