"""Adds the files that describe an export after its own, which one look at the records serves as well."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Self

from gateway.exports.companions.card import write_card
from gateway.exports.companions.croissant import describe
from gateway.exports.companions.funnel import RecordFunnel
from gateway.exports.companions.gates import Gates
from gateway.exports.companions.licences import Licences
from gateway.exports.companions.page import write_page
from gateway.exports.companions.sampling import Sampler
from gateway.exports.companions.subject import Subject
from gateway.exports.companions.summary import Summary
from gateway.exports.files import ExportFile, to_line
from gateway.exports.protocol import Exporter
from gateway.exports.source import Source
from gateway.statistics.counting import RecordCount
from gateway.statistics.facts import RecordFacts
from gateway.store.finding.filters import NOT_REJECTED
from gateway.store.retention import versions
from imgdiff.datasets import DatasetVersion
from imgdiff.records import Record
from imgdiff.reviews.documents import ReviewState

_NAMES = 1000  # names, and pairs of names, in statistics.json: the most that the API lists
_MISSING = (
    "This funnel is that of the exported records. Pairs without a record are not in it: those that a synthesis "
    "rejected, and those that failed. GET /v1/datasets/{name}/funnel counts every pair of the dataset, as of now."
)


def add_companions(exporter: Exporter, source: Source, *, images: bool) -> Iterator[ExportFile]:
    """The files of the format, then `README.md` and what is beside it. Raises NotFound where an image is missing."""
    with _Collector() as collector:
        yield from exporter.files(replace(source, watch=collector.add), images=images)
        yield from collector.write(exporter.name, source, images=images)


class _Collector:
    """Looks at each record once, whichever pass of the format shows it first. A context manager: donors are spooled."""

    def __init__(self) -> None:
        self._seen = 0
        self._summary, self._funnel, self._licences, self._sampler = Summary(), RecordFunnel(), Licences(), Sampler()
        self._gates, self._statistics = Gates(), RecordCount()

    def __enter__(self) -> Self:
        self._licences.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._licences.__exit__(*details)

    def add(self, number: int, record: Record) -> None:
        """Look at the `number`-th record of a pass, counted from 0."""
        if number == self._seen:
            self._seen += 1
            for part in (self._summary, self._funnel, self._licences, self._sampler, self._gates):
                part.add(record)
            self._statistics.add(RecordFacts.model_validate(record))

    def write(self, format_: str, source: Source, *, images: bool) -> Iterator[ExportFile]:
        """The files."""
        counts, chosen = self._summary.finish(), self._sampler.choose()
        funnel = self._funnel.finish(source.dataset.name)
        version = _find_version(source)
        statistics = self._statistics.statistics(
            source.dataset.name, source.extent.mark.version, counts.images, sum(counts.scenes.values()), _NAMES
        )
        subject = Subject(
            format=format_,
            dataset=source.dataset,
            images=images,
            counts=counts,
            models=self._licences.list_models(),
            donors=self._licences.donors,
            conditions=_list_conditions(source),
            limit=source.limit,
            version=version,
            statistics=statistics,
            thresholds=self._gates.thresholds,
            rejections=source.rejections,
            without_rejected=ReviewState.REJECTED not in (source.extent.condition.reviews or ReviewState),
        )
        yield ExportFile.of("sample.jsonl", b"".join(to_line(record) for record in chosen))
        if images and chosen:
            pairs = ((record, source.pixels(record)) for record in chosen)
            yield ExportFile.of_text("sample.html", write_page(source.dataset.name, subject.sentence, pairs))
        note = {"covers": "records", "note": _MISSING.format(name=source.dataset.name)}
        yield ExportFile.of_json("funnel.json", note | funnel.model_dump(mode="json"))
        yield ExportFile.of_json("statistics.json", statistics.model_dump(mode="json"))
        yield self._licences.finish(counts.records)
        yield ExportFile.of_json("croissant.json", describe(subject))
        yield ExportFile.of_text("README.md", write_card(subject, funnel))


def _list_conditions(source: Source) -> dict[str, object]:
    """The conditions that were asked for, by the names of their parameters."""
    condition = source.extent.condition
    asked = () if condition.reviews == NOT_REJECTED else condition.reviews
    given = asdict(condition) | ({} if source.sample is None else source.sample.options)
    given |= {"review": ", ".join(asked), "q": " ".join(condition.words)}
    hidden = {"dataset", "reviews", "words"}
    return {name: value for name, value in given.items() if value not in (None, "") and name not in hidden}


def _find_version(source: Source) -> DatasetVersion | None:
    mark = source.extent.mark
    if mark.version is None:
        return None
    with source.database.reading() as session:
        return versions.get(session, mark.dataset, mark.version)
