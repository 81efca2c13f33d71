"""The pairs of a FiftyOne dataset compared by a gateway: what is found becomes fields of both samples."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Unpack

import fiftyone as fo

from imgdiff.client.options import OptionFields
from imgdiff.integrations.comparing import CONCURRENCY, PairComparer
from imgdiff.integrations.fiftyone.labels import write_regions
from imgdiff.integrations.rows import Row
from imgdiff.records import Record
from imgdiff.views.sides import views_of

_BATCH = 64  # groups that are read before their pairs are compared; chosen, not measured
Group = Mapping[str, Any]


def compare_pairs(
    samples: Any,
    before: str = "before",
    after: str = "after",
    *,
    field: str = "differences",
    url: str | None = None,
    concurrency: int = CONCURRENCY,
    wait_seconds: float | None = None,
    **options: Unpack[OptionFields],
) -> None:
    """Compare two slices of every group of a dataset or view, and add fields to both samples.

    `field` has the kept regions as detections in the pixels of that image, with the attributes of the export format;
    `FIELD_verdict`, `FIELD_caption` and `FIELD_record` are of the pair. A pair that fails has `FIELD_problem`, and its
    fields of a former run are empty. Raises ValueError for samples that are not grouped, or lack a slice.
    """
    dataset = samples if isinstance(samples, fo.Dataset) else fo.load_dataset(samples.dataset_name)
    slices = list(dataset.group_slices or ())
    for name in (before, after):
        if name not in slices:
            raise ValueError(f"the dataset has no group slice {name!r}; its slices are {', '.join(slices) or 'none'}")
    _declare(dataset, field)
    comparer = PairComparer(url, concurrency=concurrency, wait_seconds=wait_seconds, **options)
    for groups in _batches(samples.iter_groups(group_slices=[before, after])):
        paths = [[_path(group, name) for group in groups] for name in (before, after)]
        for group, row in zip(groups, comparer.compare(*paths), strict=True):
            _write(group, (before, after), field, row)
    dataset.add_dynamic_sample_fields(fields=[field])


def _declare(dataset: Any, field: str) -> None:
    dataset.add_sample_field(field, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections)
    dataset.add_sample_field(f"{field}_verdict", fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    for name in ("caption", "record", "problem"):
        dataset.add_sample_field(f"{field}_{name}", fo.StringField)


def _batches(groups: Iterator[Group]) -> Iterator[list[Group]]:
    while batch := list(islice(groups, _BATCH)):
        yield batch


def _path(group: Group, name: str) -> str | None:
    sample = group.get(name)
    return None if sample is None else str(sample.filepath)


def _write(group: Group, names: tuple[str, str], field: str, row: Row) -> None:
    record = None if row["document"] is None else Record.model_validate_json(row["document"])
    views = (None, None) if record is None else views_of(record)
    for name, view in zip(names, views, strict=True):
        sample = group.get(name)
        if sample is None:
            continue
        own = "" if record is None or view is None else f"{record.id} {view.side}"
        regions = None if view is None else write_regions(own, view.kept, view.image)
        sample[field] = None if regions is None else fo.Detections.from_dict(regions, extended=True)
        sample[f"{field}_verdict"] = (
            None if record is None else fo.Classification(label=str(record.verdict), confidence=record.confidence)
        )
        sample[f"{field}_caption"] = row["caption"]
        sample[f"{field}_record"] = row["record"]
        sample[f"{field}_problem"] = row["problem"]
        sample.save()
