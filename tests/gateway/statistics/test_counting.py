"""What statistics count of records."""

import pytest

from gateway.statistics.counting import RecordCount
from gateway.statistics.facts import RecordFacts
from imgdiff.evidence import Check, Outcome
from imgdiff.records import Change, Operation, Record, Verdict
from imgdiff.statistics.documents import Statistics


def _count(*records: Record, top: int = 20) -> Statistics:
    count = RecordCount()
    for record in records:
        count.add(RecordFacts.model_validate_json(record.model_dump_json()))
    return count.statistics("mine", None, images=3, scenes=2, top=top)


def _with(record: Record, *labels: tuple[str | None, str | None], box: tuple[int, int, int, int]) -> Record:
    region = record.regions[0].model_copy(update={"kept": True, "change": Change.REPLACED, "box": box})
    regions = tuple(region.model_copy(update={"label1": one, "label2": other}) for one, other in labels)
    return record.model_copy(update={"regions": regions, "similarity": 0.95, "confidence": None})


def test_names_pairs_and_coverage_are_counted_as_the_paper_does(record: Record) -> None:
    bare = record.model_copy(update={"source": record.source.model_copy(update={"edit": None})})
    found = _count(
        _with(bare, ("dog", "cat"), ("dogs", "cats"), box=(0, 0, 20, 20)),
        _with(bare, ("unicorn", "tench"), box=(0, 0, 20, 20)),
    )

    assert (found.objects.categories, found.objects.occurrences) == (4, 6)
    coverage = {one.vocabulary: (one.names, one.occurrences, one.share) for one in found.objects.coverage}
    assert coverage["coco"] == (2, 4, pytest.approx(4 / 6))
    assert coverage["imagenet"] == (1, 1, pytest.approx(1 / 6))
    assert [(one.name, one.count) for one in found.objects.top] == [
        ("cat", 2),
        ("dog", 2),
        ("tench", 1),
        ("unicorn", 1),
    ]
    assert (found.replacements.unique, found.replacements.occurrences) == (2, 3)
    assert [(one.before, one.after, one.count) for one in found.replacements.top] == [
        ("dog", "cat", 2),
        ("unicorn", "tench", 1),
    ]
    assert found.regions.per_record == {1: 1, 2: 1}
    assert found.regions.mean == 1.5
    assert found.changes == {Change.REPLACED: 3}
    assert len(_count(_with(bare, ("dog", "cat"), box=(0, 0, 9, 9)), top=1).objects.top) == 1


def test_boxes_and_scores_fall_into_their_bins(record: Record) -> None:
    size = record.image1.width, record.image1.height
    whole = _with(record, (None, None), box=(0, 0, *size))
    found = _count(whole, _with(record, (None, None), box=(0, 0, 32, 31)))

    assert found.boxes.small == 1
    assert found.boxes.small + found.boxes.medium + found.boxes.large == 2
    assert found.boxes.shares.counts[-1] == 1
    assert sum(found.boxes.shares.counts) == 2
    assert (found.similarity.counts[-1], found.confidence.missing) == (2, 2)
    assert len(found.similarity.edges) == len(found.similarity.counts) + 1


def test_verdicts_edits_and_checks_are_counted(record: Record) -> None:
    checked = record.regions[0].model_copy(update={"kept": True, "check": Check(outcome=Outcome.VERIFIED)})
    doubtful = checked.model_copy(update={"check": Check(outcome=Outcome.UNVERIFIED)})
    dropped = checked.model_copy(update={"kept": False})
    found = _count(
        record.model_copy(update={"regions": (checked, doubtful, dropped)}),
        record.model_copy(update={"regions": (), "verdict": Verdict.SAME}),
    )

    assert found.verdicts == {Verdict.DIFFERENT: 1, Verdict.SAME: 1}
    assert (found.sentences.verified, found.sentences.unverified, found.verified) == (1, 1, 0.5)
    assert (found.regions.kept, found.regions.rejected) == (2, 1)
    operation = None if record.source.edit is None else record.source.edit.operation
    assert found.edits == ({operation: 2} if isinstance(operation, Operation) else {})


def test_statistics_of_nothing_are_empty() -> None:
    found = _count()

    assert (found.records, found.verified, found.regions.mean, found.objects.top) == (0, None, None, ())
    assert {one.share for one in found.objects.coverage} == {None}
