"""Tables of what was judged: a row for every kind of change and one for all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.captions.scores import Judged, share
from imgdiff.evidence import Outcome
from imgdiff.records import Change

_NOTHING = "nothing"


def report(judged: Sequence[Judged]) -> list[str]:
    """All tables; shares with 95 % Wilson intervals and counts."""
    return [
        *changes(judged), "", "Nouns:", "", *names(judged), "",
        "What was said (columns) of what happened (rows):", "", *confusion(judged), "",
        "Sentences:", "", *sentences(judged),
    ]  # fmt: skip


def changes(judged: Sequence[Judged]) -> list[str]:
    """Kind of change and direction; a direction counts where something appeared or went.

    A kind that the request told is not counted; of what moved, `wholly right` counts the place it left.
    """
    rows = [
        "| change | regions found | kind right | direction right | turned round | direction not said | wholly right |",
        "|---|---|---|---|---|---|---|",
    ]
    for group, members in _groups(judged):
        seen = [one for one in members if one.found or one.true is None]
        directed = [one.direction for one in seen if one.true in {Change.ADDED, Change.REMOVED}]
        rows.append(_row(
            group, share(one.found for one in members), share(one.change_right for one in seen if not one.kind_given),
            share(one is True for one in directed), share(one is False for one in directed),
            share(one is None for one in directed), share(one.wholly_right for one in members if not one.again),
        ))  # fmt: skip
    return rows


def names(judged: Sequence[Judged]) -> list[str]:
    """How many true nouns were named, and how many that were said are not true; of the regions found, a thing once."""
    rows = [
        "| change | named at all | named right, of all | right, of named | invented | narrower | colours as of mask |",
        "|---|---|---|---|---|---|---|",
    ]
    for group, members in _groups([one for one in judged if not one.again]):
        named = [value for one in members if one.found for value in one.named]
        nouns = [right for one in members for _, right in one.nouns]
        colours = [right for one in members if one.found for right in one.colours]
        rows.append(_row(
            group, share(value is not None for value in named), share(value is True for value in named),
            share(value for value in named if value is not None), share(not right for right in nouns),
            str(sum(len(one.narrower) for one in members)), share(colours),
        ))  # fmt: skip
    return rows


def confusion(judged: Sequence[Judged]) -> list[str]:
    """How often each kind of change was said of each."""
    kinds = [*(change.value for change in Change), _NOTHING]
    counts = Counter((one.kind, one.said.value if one.said else _NOTHING) for one in judged)
    rows = [_row("", *kinds), "|---|" + "---|" * len(kinds)]
    present = dict.fromkeys(one.kind for one in judged)
    return rows + [_row(kind, *(str(counts[kind, said] or "") for said in kinds)) for kind in present]


def sentences(judged: Sequence[Judged]) -> list[str]:
    """Their length, and what the check made of them."""
    rows = ["| change | sentences | words each | verified | repaired | dropped | not checked |",
            "|---|---|---|---|---|---|---|"]  # fmt: skip
    for group, members in _groups(judged):
        words = [one.words for one in members if one.words is not None]
        checked = [one.outcome for one in members if one.outcome is not None]
        rows.append(_row(
            group, str(len(words)), f"{sum(words) / len(words):.1f}" if words else "-",
            *(share(one is outcome for one in checked) for outcome in Outcome),
            str(sum(one.outcome is None for one in members if one.found)),
        ))  # fmt: skip
    return rows


def _groups(judged: Sequence[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    """Every kind of change, all changes together, and pairs without one."""
    changed = [one for one in judged if one.true is not None]
    for kind in dict.fromkeys(one.kind for one in changed):
        yield kind, [one for one in changed if one.kind == kind]
    if changed:
        yield "**all changes**", changed
    if same := [one for one in judged if one.true is None]:
        yield "unchanged", same


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
