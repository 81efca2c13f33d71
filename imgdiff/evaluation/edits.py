"""Our own records against the true edits of their syntheses: is the edit found, and are its kind and nouns right?

Nobody has reviewed the records: an edit that imgdiff made is the only truth that they carry.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import Field

from imgdiff.boxes import iou
from imgdiff.evaluation.report import Accuracy
from imgdiff.evidence import WordSource
from imgdiff.frozen import Frozen
from imgdiff.objects.labels import label_key
from imgdiff.records import Change, Edit, Operation, Record, Region
from imgdiff.rules.acceptance import KeptRegion, locate
from imgdiff.rules.thresholds import ACCEPTANCE

_KINDS: Mapping[Operation, frozenset[Change]] = {
    Operation.REPLACE: frozenset({Change.REPLACED}),
    Operation.REMOVE: frozenset({Change.REMOVED}),
    Operation.ADD: frozenset({Change.ADDED}),
    Operation.RECOLOUR: frozenset({Change.RECOLOURED}),
    Operation.MOVE: frozenset({Change.MOVED}),
    Operation.RECOUNT: frozenset({Change.ADDED, Change.REMOVED}),
}


class EditScore(Frozen):
    """How often records state one kind of edit."""

    found: Accuracy = Field(description="Edits with a kept region at their place, by acceptance's threshold of IoU.")
    kind: Accuracy = Field(description="Found edits whose nearest region states the kind of change.")
    nouns: Accuracy = Field(
        description="Nouns of found edits that the nearest region's labels name, in singular or plural, also as the "
        "last words of the other."
    )
    given_nouns: int = Field(description="Right nouns that rest on a caption that was given, and so are no evidence.")
    sentence: Accuracy = Field(description="Found edits whose nearest region has a sentence.")
    elsewhere: int = Field(description="Kept regions outside the edits: false ones, but for shadows and reflections.")


class EditReport(Frozen):
    """Records of a dataset against their true edits."""

    dataset: str
    limit: int | None = Field(default=None, description="Only so many records were looked at; null of all.")
    records: int
    syntheses: int = Field(description="Records with an edit whose place is exact; only these are scored.")
    regenerated: int = Field(description="Records of pairs that a network made whole: their place is not exact.")
    all_edits: EditScore
    operations: Mapping[Operation, EditScore]


@dataclass
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record, edit: Edit) -> None:
        """Count what one record states of its edit."""
        kept = [region for region in record.regions if region.kept and region.box is not None]
        located = locate(edit, [KeptRegion(region.box) for region in kept if region.box is not None])
        self.counts["edits"] += 1
        self.counts["elsewhere"] += located.scores.elsewhere or 0
        if (located.scores.found or 0.0) < ACCEPTANCE["edit.not_found"]:
            return
        nearest = max(kept, key=lambda region: _nearness(region, edit))
        self.counts["found"] += 1
        self.counts["kind"] += nearest.change in _KINDS[edit.operation]
        self.counts["sentence"] += nearest.caption is not None
        for noun, label in ((edit.before, nearest.label1), (edit.after, nearest.label2)):
            if noun is not None:
                right = label is not None and _is_same(noun, label)
                self.counts["nouns"] += 1
                self.counts["right nouns"] += right
                self.counts["given nouns"] += right and _is_given(nearest, label)

    def score(self) -> EditScore:
        """The shares."""
        number, found = self.counts, self.counts["found"]
        return EditScore(
            found=Accuracy.share(found, number["edits"]),
            kind=Accuracy.share(number["kind"], found),
            nouns=Accuracy.share(number["right nouns"], number["nouns"]),
            given_nouns=number["given nouns"],
            sentence=Accuracy.share(number["sentence"], found),
            elsewhere=number["elsewhere"],
        )


def score_records(dataset: str, records: Iterable[Record]) -> EditReport:
    """Score records one after another; they may be as many as one likes."""
    whole, parts, seen = _Tally(), defaultdict[Operation, _Tally](_Tally), Counter[str]()
    for record in records:
        edit = record.source.edit
        seen["records"] += 1
        if edit is None:
            continue
        seen["regenerated"] += edit.regenerated
        if not edit.regenerated:
            whole.add(record, edit)
            parts[edit.operation].add(record, edit)
    return EditReport(
        dataset=dataset,
        records=seen["records"],
        syntheses=whole.counts["edits"],
        regenerated=seen["regenerated"],
        all_edits=whole.score(),
        operations={operation: parts[operation].score() for operation in sorted(parts)},
    )


def _nearness(region: Region, edit: Edit) -> float:
    assert region.box is not None  # noqa: S101  narrows a type
    return max(iou(region.box, place) for place in edit.boxes or (edit.box,))


def _is_same(noun: str, label: str) -> bool:
    one, two = label_key(noun), label_key(label)
    return one == two or one.endswith(f" {two}") or two.endswith(f" {one}")


def _is_given(region: Region, label: str | None) -> bool:
    sources = [word.source for word in region.words if label is not None and label.lower() in word.text.lower()]
    return WordSource.GIVEN in sources
