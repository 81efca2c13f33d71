"""Tables of scores: a row for every kind of change and one for all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.captions.scores import RegionScore, share
from imgdiff.evidence import Outcome
from imgdiff.records import Change

_NOTHING = "nothing"


def report(scores: Sequence[RegionScore]) -> list[str]:
    """All tables; shares with 95 % Wilson intervals and counts."""
    tables = {
        "Nouns:": names(scores),
        "Reported kind (columns) of the true kind (rows):": confusion(scores),
        "Sentences:": sentences(scores),
    }
    return changes(scores) + [line for title, table in tables.items() for line in ("", title, "", *table)]


def changes(scores: Sequence[RegionScore]) -> list[str]:
    """Kind of change and direction; a direction counts where something was added or removed.

    A kind that the request named is not counted; for objects that moved, `wholly right` counts the place they left.
    """
    rows = [
        "| change | regions found | kind right | direction right | reversed | no direction | wholly right |",
        "|---|---|---|---|---|---|---|",
    ]
    for group, members in _groups(scores):
        seen = [one for one in members if one.found or one.true is None]
        directed = [one.direction for one in seen if one.true in {Change.ADDED, Change.REMOVED}]
        cells = (
            (one.found for one in members),
            (one.change_right for one in seen if not one.kind_given),
            *([one is value for one in directed] for value in (True, False, None)),
            (one.wholly_right for one in members if not one.second_place),
        )
        rows.append(_row(group, *map(share, cells)))
    return rows


def names(scores: Sequence[RegionScore]) -> list[str]:
    """How many true nouns were named, and how many named ones are false; over found regions, each object once."""
    rows = [
        "| change | named at all | named right, of all | right, of named | invented | narrower | colours as of mask |",
        "|---|---|---|---|---|---|---|",
    ]
    for group, members in _groups([one for one in scores if not one.second_place]):
        named = [value for one in members if one.found for value in one.named]
        nouns = [right for one in members for _, right in one.nouns]
        colours = [right for one in members if one.found for right in one.colours]
        cells = (
            share(value is not None for value in named),
            share(value is True for value in named),
            share(value for value in named if value is not None),
            share(not right for right in nouns),
            str(sum(len(one.narrower) for one in members)),
            share(colours),
        )
        rows.append(_row(group, *cells))
    return rows


def confusion(scores: Sequence[RegionScore]) -> list[str]:
    """How often each true kind of change was reported as each kind."""
    kinds = [*(change.value for change in Change), _NOTHING]
    counts = Counter((one.kind, one.reported.value if one.reported else _NOTHING) for one in scores)
    rows = [_row("", *kinds), "|---|" + "---|" * len(kinds)]
    present = dict.fromkeys(one.kind for one in scores)
    return rows + [_row(kind, *(str(counts[kind, reported] or "") for reported in kinds)) for kind in present]


def sentences(scores: Sequence[RegionScore]) -> list[str]:
    """Their length, and their outcome in the check."""
    outcomes = " | ".join(Outcome)
    rows = [f"| change | sentences | words each | {outcomes} | not checked |", "|---|" + "---|" * 7]
    for group, members in _groups(scores):
        words = [one.words for one in members if one.words is not None]
        checked = [one.outcome for one in members if one.outcome is not None]
        shares = [share(one is outcome for one in checked) for outcome in Outcome]
        unchecked = sum(one.outcome is None for one in members if one.found)
        mean = f"{sum(words) / len(words):.1f}" if words else "-"
        rows.append(_row(group, str(len(words)), mean, *shares, str(unchecked)))
    return rows


def _groups(scores: Sequence[RegionScore]) -> Iterator[tuple[str, list[RegionScore]]]:
    """Scores of every kind of change, of all changes together, and of unchanged pairs."""
    changed = [one for one in scores if one.true is not None]
    for kind in dict.fromkeys(one.kind for one in changed):
        yield kind, [one for one in changed if one.kind == kind]
    if changed:
        yield "**all changes**", changed
    if same := [one for one in scores if one.true is None]:
        yield "unchanged", same


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
