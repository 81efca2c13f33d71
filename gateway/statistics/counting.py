"""The statistics of records, counted one by one or read from the counters of a dataset; sums of both are the same."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.statistics import vocabularies
from gateway.statistics.facts import RecordFacts, RegionFacts
from gateway.statistics.names import find_names, find_replacements, group
from gateway.store.counts.keys import Counts, Key
from imgdiff.boxes import area
from imgdiff.evidence import Verification
from imgdiff.records import Change, Operation, Verdict
from imgdiff.statistics.documents import (
    BoxSizes,
    Coverage,
    Histogram,
    NameCount,
    Objects,
    PairCount,
    RegionCounts,
    Replacements,
    Statistics,
)

TOP = 20  # names and pairs that are listed; chosen, not measured
_SMALL, _MEDIUM = 32**2, 96**2  # pixels; COCO's detection evaluation
_SIMILARITY = (-1.0, *(step / 10 for step in range(11)))  # a cosine, which is seldom negative
_CONFIDENCE = tuple(step / 10 for step in range(11))
_SHARES = (0.0, 0.0025, 0.01, 0.04, 0.16, 1.0)  # the paper's least box is 0.0025 of the image; each is 4 times as large
_NONE = "none"
KINDS = (
    "verdict",
    "source",
    "edit",
    "regions",
    "per record",
    "change",
    "name",
    "replacement",
    "size",
    "share",
    "similarity",
    "confidence",
    "check",
)
"""The kinds of counters that statistics keep."""


@dataclass
class RecordCount:
    """What was counted of some records."""

    counts: Counts = field(default_factory=Counts)

    def add(self, record: RecordFacts) -> None:
        """Count one record."""
        self._add("verdict", record.verdict.value)
        self._add("source", record.source.kind)
        if record.source.edit is not None:
            self._add("edit", record.source.edit.operation.value)
        self._add("similarity", _bin(record.similarity, _SIMILARITY))
        self._add("confidence", _bin(record.confidence, _CONFIDENCE))
        kept = record.kept
        self._add("per record", str(len(kept)))
        self._add("regions", "rejected", len(record.regions) - len(kept))
        for region in kept:
            self._add_region(record, region)
        for name in find_names(record):
            self._add("name", name)
        for names in find_replacements(record):
            self._add("replacement", names)

    def _add_region(self, record: RecordFacts, region: RegionFacts) -> None:
        self._add("regions", "kept")
        self._add("change", region.change.value)
        if region.check is not None:
            self._add("check", region.check.outcome.value)
        box, image = (region.box, record.image1) if region.box is not None else (region.box2, record.image2)
        pixels = 0 if box is None else area(box)
        self._add("size", "small" if pixels < _SMALL else "medium" if pixels < _MEDIUM else "large")
        self._add("share", _bin(pixels / (image.width * image.height), _SHARES))

    def _add(self, kind: str, key: str, number: int = 1) -> None:
        self.counts[Key(kind, key)] += number

    def statistics(self, dataset: str, version: str | None, images: int, scenes: int, top: int = TOP) -> Statistics:
        """The document; `images` and `scenes` are counted elsewhere, since what differs cannot be added up."""
        kinds = self._by_kind()
        checks = Verification(**kinds["check"])
        sentences = sum(kinds["check"].values())
        return Statistics(
            dataset=dataset,
            version=version,
            records=sum(kinds["verdict"].values()),
            verdicts={one: kinds["verdict"][one.value] for one in Verdict if one.value in kinds["verdict"]},
            sources=dict(sorted(kinds["source"].items())),
            edits={one: kinds["edit"][one.value] for one in Operation if one.value in kinds["edit"]},
            images=images,
            scenes=scenes,
            regions=_regions(kinds["regions"], kinds["per record"]),
            changes={one: kinds["change"][one.value] for one in Change if one.value in kinds["change"]},
            objects=_objects(kinds["name"], top),
            replacements=_replacements(kinds["replacement"], top),
            boxes=BoxSizes(**kinds["size"], shares=_histogram(kinds["share"], _SHARES)),
            similarity=_histogram(kinds["similarity"], _SIMILARITY),
            confidence=_histogram(kinds["confidence"], _CONFIDENCE),
            sentences=checks,
            verified=checks.verified / sentences if sentences else None,
        )

    def _by_kind(self) -> dict[str, dict[str, int]]:
        kinds: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        for (kind, key), number in self.counts.items():
            if number:
                kinds[kind][key] = number
        return kinds


def _bin(value: float | None, edges: Sequence[float]) -> str:
    if value is None:
        return _NONE
    return str(min(max(bisect_right(edges, value) - 1, 0), len(edges) - 2))


def _histogram(found: dict[str, int], edges: Sequence[float]) -> Histogram:
    counts = tuple(found.get(str(number), 0) for number in range(len(edges) - 1))
    return Histogram(edges=tuple(edges), counts=counts, missing=found.get(_NONE, 0))


def _regions(found: dict[str, int], per_record: dict[str, int]) -> RegionCounts:
    kept, records = found.get("kept", 0), sum(per_record.values())
    return RegionCounts(
        kept=kept,
        rejected=found.get("rejected", 0),
        per_record=dict(sorted((int(number), count) for number, count in per_record.items())),
        mean=kept / records if records else None,
    )


def _objects(spellings: dict[str, int], top: int) -> Objects:
    names, occurrences = group(spellings), sum(spellings.values())
    coverage = []
    for vocabulary in vocabularies.NAMES:
        known = vocabularies.keys(vocabulary)
        found = [number for (key,), (_, number) in names.items() if key in known]
        share = sum(found) / occurrences if occurrences else None
        coverage.append(Coverage(vocabulary=vocabulary, names=len(found), occurrences=sum(found), share=share))
    most = sorted(names.values(), key=lambda one: (-one[1], one[0]))[:top]
    return Objects(
        categories=len(names),
        occurrences=occurrences,
        coverage=tuple(coverage),
        top=tuple(NameCount(name=name, count=number) for (name,), number in most),
    )


def _replacements(spellings: dict[str, int], top: int) -> Replacements:
    pairs = group(spellings)
    most = sorted(pairs.values(), key=lambda one: (-one[1], one[0]))[:top]
    return Replacements(
        unique=len(pairs),
        occurrences=sum(spellings.values()),
        top=tuple(PairCount(before=before, after=after, count=number) for (before, after), number in most),
    )
