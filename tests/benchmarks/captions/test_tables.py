"""Tables of scores count what their heads promise."""

import pytest

from benchmarks.captions.scores import RegionScore, score_region
from benchmarks.captions.tables import changes, confusion, names, report, sentences
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion
from training.caption_pairs import Truth

BOX = (10, 10, 60, 60)


@pytest.fixture(scope="module")
def scores() -> list[RegionScore]:
    """A dog that was added, reported as added, removed, changed and not at all; and an unchanged place."""
    added, nothing = Truth(BOX, Change.ADDED, None, "dog"), Truth(BOX, None)
    reported = [(Change.ADDED, None, "dog"), (Change.REMOVED, "dog", None), (Change.CHANGED, None, "cat")]
    regions = [
        CaptionedRegion(change=change, label1=label1, label2=label2, caption="The dog has changed.", kept=True)
        for change, label1, label2 in reported
    ]
    return [
        *(score_region("added", added, region, ()) for region in (*regions, None)),
        score_region("unchanged", nothing, None, ()),
    ]


def _cells(rows: list[str], group: str) -> list[str]:
    (row,) = (row for row in rows if row.startswith(f"| {group} |"))
    return [cell.split()[-1] for cell in row.strip("| ").split(" | ")[1:]]


def test_directions_are_right_reversed_or_missing(scores: list[RegionScore]) -> None:
    found, kind, right, reversed_, missing, wholly = _cells(changes(scores), "added")

    assert (found, kind, wholly) == ("3/4", "1/3", "1/4")
    assert (right, reversed_, missing) == ("1/3", "1/3", "1/3")


def test_nouns_are_named_right_or_invented(scores: list[RegionScore]) -> None:
    named, right, right_of_named, *_ = _cells(names(scores), "added")

    assert (named, right, right_of_named) == ("2/3", "1/3", "1/2")


def test_a_region_that_was_not_found_counts_as_nothing_reported(scores: list[RegionScore]) -> None:
    head, _, added, _ = confusion(scores)
    counts = dict(zip(head.split("|")[2:-1], added.split("|")[2:-1], strict=True))

    assert {kind.strip() for kind, count in counts.items() if count.strip() == "1"} == {
        "added",
        "removed",
        "changed",
        "nothing",
    }


def test_sentences_are_counted(scores: list[RegionScore]) -> None:
    assert _cells(sentences(scores), "added")[:2] == ["3", "4.0"]


def test_a_report_has_all_tables(scores: list[RegionScore]) -> None:
    assert sum(line.startswith("|---") for line in report(scores)) == 4
