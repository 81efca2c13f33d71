"""The dataset card: its head as Hugging Face reads it, its text as a reader sees it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard, DatasetCardData
from markdown_it import MarkdownIt

from gateway.exports.catalogue import EXPORTERS, find_exporter
from gateway.sampling.balance import BalanceBy, Sample
from gateway.sampling.choosing import choose_records
from gateway.store.retention import marks, versions
from gateway.store.retention.versions import Digest
from imgdiff.datasets import NewVersion
from tests.gateway.exports.dataset import SmallDataset, write_folder
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
        "| `region.too_similar` | above | 0.85 | 0.85 |",
        "- `region.too_similar`: The two crops are more similar than the threshold.",
    ):
        assert line in text


def test_a_version_is_named_with_its_own_digest(small: SmallDataset, tmp_path: Path) -> None:
    source, name = small.source, small.source.dataset.name
    with source.database.writing() as session:
        frozen = versions.freeze(session, name, NewVersion(name="v1", description="First."), Digest(session, name))
        mark = marks.read(session, name, "v1")
    _, text = _read(write_folder(find_exporter("jsonl"), replace(source, mark=mark), tmp_path / "out"))

    assert f"| Version | `v1`, frozen on {frozen.created_at.date()}: First. |" in text
    assert frozen.digest in text


def test_a_part_says_how_it_was_chosen(small: SmallDataset, tmp_path: Path) -> None:
    chosen = replace(small.source, condition=replace(small.source.condition, min_confidence=0.5), limit=1)
    _, text = _read(write_folder(find_exporter("jsonl"), chosen, tmp_path / "out"))

    assert "| Chosen by | `min_confidence=0.5` |" in text
    assert "| Limited to | the first 1 records |" in text


def test_a_sample_says_how_it_was_drawn(small: SmallDataset, tmp_path: Path) -> None:
    source, sample = small.source, Sample(BalanceBy.CHANGE, None, 1, 7)
    with source.database.reading() as session:
        chosen = choose_records(session, source.condition, source.through, sample)
    exported = replace(source, sample=sample, chosen=chosen)
    _, text = _read(write_folder(find_exporter("jsonl"), exported, tmp_path / "out"))

    assert "| Chosen by | `balance=change`, `per_group=1`, `sample_seed=7` |" in text
