"""Judgements of records: what counts as found, right, said and alarmed."""

from datetime import UTC, datetime

import numpy as np

from benchmarks.kinds.judging import Judgement, judge
from benchmarks.kinds.report import summarise, tabulate
from benchmarks.kinds.truth import KnownChange, MadePair
from imgdiff.records import Box, Change, Policy, Provenance, Record, RecordImage, Region, Source, Verdict
from imgdiff.whole_pair import Alignment, PairChange, PairChangeKind

IMAGE = np.zeros((100, 100, 3), np.uint8)
_UNMOVED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_ADDED = frozenset({Change.ADDED})


def _region(box: Box, change: Change = Change.ADDED, **fields: object) -> Region:
    given = {"box": box, "change": change, "difference": 0.5, "kept": True, "confidence": 0.9, **fields}
    return Region.model_validate(given)


def _record(*regions: Region, verdict: Verdict = Verdict.DIFFERENT, stated: tuple[PairChangeKind, ...] = ()) -> Record:
    image = RecordImage(asset="sha256:" + 64 * "0", width=100, height=100)
    return Record(
        id="rec_" + 32 * "0",
        job="job",
        dataset="default",
        created_at=datetime.now(UTC),
        source=Source(kind="upload"),
        image1=image,
        image2=image,
        alignment=Alignment(applied=False, model="identity", matrix=_UNMOVED, score=1.0),
        verdict=verdict,
        regions=regions,
        pair_changes=tuple(PairChange(kind=kind, harmless=False, text="So.") for kind in stated),
        provenance=Provenance(version="0", policy=Policy.DESCRIBE),
    )


def _judge(record: Record, *changes: KnownChange, **fields: object) -> Judgement:
    return judge(MadePair("kind", IMAGE, IMAGE, changes, **fields), record)


def test_a_region_at_a_true_place_is_found_and_another_is_false() -> None:
    known = KnownChange((10, 10, 30, 30), _ADDED)
    one = _judge(_record(_region((10, 10, 30, 28)), _region((60, 60, 70, 70), confidence=0.8)), known)

    assert (one.found, one.kinds, one.verdict) == (1, (True,), True)
    assert one.confidences == ((0.9, True), (0.8, False))
    assert summarise([one])["recall"] == "1.00 (1)"
    assert summarise([one])["precision"] == "0.50 (2)"


def test_fragments_of_one_change_count_once() -> None:
    known = KnownChange((10, 10, 30, 30), _ADDED)
    one = _judge(_record(_region((10, 10, 30, 20)), _region((10, 20, 30, 30))), known)

    assert sorted(right for _, right in one.confidences) == [False, True]


def test_both_places_of_a_moved_thing_are_true() -> None:
    known = KnownChange((10, 10, 30, 30), frozenset({Change.MOVED}), also_at=(60, 10, 80, 30))
    one = _judge(_record(_region((10, 10, 30, 30), Change.MOVED), _region((60, 10, 80, 30), Change.MOVED)), known)

    assert (one.found, one.kinds) == (1, (True,))
    assert all(right for _, right in one.confidences)


def test_what_only_image2_has_is_found_by_its_place_there() -> None:
    known = KnownChange(None, _ADDED, box2=(0, 80, 100, 100))
    beyond = Region(box=None, box2=(0, 80, 100, 100), change=Change.ADDED, difference=1.0, kept=True)

    assert _judge(_record(beyond), known).found == 1


def test_a_region_on_an_unchanged_pair_is_an_alarm_and_different_is_wrong() -> None:
    same = frozenset({Verdict.SAME})
    one = _judge(_record(_region((10, 10, 30, 30))), verdicts=same)

    assert one.alarmed
    assert one.verdict is False
    assert _judge(_record(verdict=Verdict.UNDETERMINED), verdicts=same).verdict is None
    assert not _judge(_record(verdict=Verdict.SAME), verdicts=same).badness


def test_nouns_are_right_wrong_or_unsaid() -> None:
    known = KnownChange((10, 10, 30, 30), _ADDED, noun2="dog")
    right = _judge(_record(_region((10, 10, 30, 30), label2="dog")), known)
    unsaid = _judge(_record(_region((10, 10, 30, 30))), known)
    wrong = _judge(_record(_region((10, 10, 30, 30), label2="cat"), _region((50, 50, 70, 70), label1="tv")), known)

    assert (right.nouns, unsaid.nouns, wrong.nouns) == ((True,), (None,), (False, False))
    assert [summarise([right, unsaid, wrong])[name] for name in ("nouns right", "wrong", "unsaid")] == ["1", "2", "1"]


def test_texts_are_compared_without_spaces_and_a_missed_one_is_wrong() -> None:
    known = KnownChange((14, 10, 18, 20), _ADDED, roughly=(10, 10, 60, 20), text1="12,500 EUR", text2="17,500 EUR")
    read = _region((10, 10, 60, 20), Change.REPLACED, text1="12,500EUR", text2="17,500 EUR")

    assert _judge(_record(read), known).texts == (True,)
    assert _judge(_record(_region((10, 10, 60, 20), text1="12,500 EUR")), known).texts == (False,)
    assert _judge(_record(), known).texts == (False,)


def test_pair_changes_must_be_stated_and_no_others_but_harmless_ones() -> None:
    mirrored, noise, blurred = PairChangeKind.MIRRORED, PairChangeKind.NOISE, PairChangeKind.BLURRED
    must = {"pair_changes": frozenset({mirrored}), "may_state": frozenset({blurred})}

    assert _judge(_record(stated=(mirrored, noise, blurred)), **must).whole
    assert not _judge(_record(), **must).whole
    assert not _judge(_record(stated=(blurred,))).whole


def test_regions_are_not_judged_where_everything_differs() -> None:
    one = _judge(_record(_region((10, 10, 30, 30))), everywhere=True)

    assert not one.alarmed
    assert one.confidences == ()


def test_the_table_has_a_row_for_each_kind_and_bins_of_confidence() -> None:
    known = KnownChange((10, 10, 30, 30), _ADDED)
    lines = tabulate([_judge(_record(_region((10, 10, 30, 30)), _region((50, 50, 60, 60))), known)])

    assert any(line.startswith("| kind | 1 | 1.00 (1) | 0.50 (2) |") for line in lines)
    assert "| **all** |  |  |  |  |  | 0.90 said, 0.50 true (2) |" in lines
