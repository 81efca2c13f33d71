"""The tables of judgements: a row for every kind, calibration for every group of kinds."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from benchmarks.kinds.judging import Judgement

_EDGES = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 1.0001)
_HEAD = (
    "kind",
    "pairs",
    "recall",
    "precision",
    "alarms",
    "kind right",
    "nouns right",
    "wrong",
    "unsaid",
    "text right",
    "pair_changes right",
    "verdict right",
    "undetermined",
)


def tabulate(judgements: Sequence[Judgement]) -> list[str]:
    """Both tables in Markdown."""
    rows = [_row(_HEAD), "|---|" + "---|" * (len(_HEAD) - 1)]
    rows += [_row((name, *summarise(members).values())) for name, members in _by_kind(judgements)]
    return [*rows, "", "Confidence of kept regions, and how many of them are true:", "", *_calibration(judgements)]


def summarise(members: Sequence[Judgement]) -> dict[str, str]:
    """The measures of some judgements by name, as shares with counts."""
    places = [one for one in members if one.counts_regions and one.pair.changes]
    known, found = sum(len(one.pair.changes) for one in places), sum(one.found for one in places)
    kept = sum(len(one.confidences) for one in places)
    true = sum(right for one in places for _, right in one.confidences)
    nouns = [noun for one in members for noun in one.nouns]
    still = [one.alarmed for one in members if not one.pair.changes and one.counts_regions]
    return {
        "pairs": str(len(members)),
        "recall": _share(found, known),
        "precision": _share(true, kept),
        "alarms": _share_of(still),
        "kind right": _share_of(right for one in members for right in one.kinds),
        "nouns right": str(sum(noun is True for noun in nouns)),
        "wrong": str(sum(noun is False for noun in nouns)),
        "unsaid": str(sum(noun is None for noun in nouns)),
        "text right": _share_of(right for one in members for right in one.texts),
        "pair_changes right": _share_of(one.whole for one in members),
        "verdict right": _share_of(one.verdict is True for one in members),
        "undetermined": str(sum(one.record.verdict == "undetermined" for one in members)),
    }


def group_of(judgement: Judgement) -> str:
    """The group for calibration: photo, page, map ...; second captures of photos apart from edited ones."""
    group = judgement.pair.kind.partition(":")[0].partition(" ")[0]
    return f"{group}, unchanged" if group == "photo" and not judgement.pair.changes else group


def _by_kind(judgements: Sequence[Judgement]) -> Iterator[tuple[str, Sequence[Judgement]]]:
    for kind in dict.fromkeys(one.pair.kind for one in judgements):
        yield kind, [one for one in judgements if one.pair.kind == kind]
    for name, drawn in (("**all photos**", False), ("**all drawn**", True)):
        if members := [one for one in judgements if one.pair.drawn is drawn]:
            yield name, members


def _calibration(judgements: Sequence[Judgement]) -> Iterator[str]:
    bins = list(pairwise(_EDGES))
    yield _row(("kinds", *(f"{low:.2f}-{min(high, 1):.2f}" for low, high in bins)))
    yield "|---|" + "---|" * len(bins)
    groups = dict.fromkeys(map(group_of, judgements))
    for name in (*groups, "**all**"):
        members = [one for one in judgements if name in {group_of(one), "**all**"}]
        regions = [region for one in members for region in one.confidences]
        yield _row((name, *(_bin(regions, low, high) for low, high in bins)))


def _bin(regions: Sequence[tuple[float, bool]], low: float, high: float) -> str:
    inside = [(confidence, right) for confidence, right in regions if low <= confidence < high]
    if not inside:
        return ""
    mean, right = sum(one for one, _ in inside) / len(inside), sum(true for _, true in inside) / len(inside)
    return f"{mean:.2f} said, {right:.2f} true ({len(inside)})"


def _share_of(values: Iterable[bool]) -> str:
    listed = list(values)
    return _share(sum(listed), len(listed))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({whole})" if whole else "-"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
