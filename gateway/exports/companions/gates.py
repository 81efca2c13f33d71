"""What the gates of an export's records compared with, where that comes from, and what they let become no record."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from gateway.exports.companions.markdown import code, count_of, escape, table
from gateway.exports.companions.subject import Origin, Subject
from gateway.funnel.steps import PLACE, step_of
from imgdiff.records import Record
from imgdiff.rules.reasons import BY_CODE
from imgdiff.rules.thresholds import ACCEPTANCE

_LIMIT = "region.limit"
_SHOWN = 5  # different thresholds of one gate; chosen, not measured


class Gates:
    """Counts records by the thresholds that stood when they were made."""

    def __init__(self) -> None:
        self.thresholds: Counter[tuple[str, float, Origin]] = Counter()

    def add(self, record: Record) -> None:
        """Count one record."""
        requested = record.provenance.parameters.get("requested")
        asked = requested if isinstance(requested, list) else ()
        for name, value in read_thresholds(record).items():
            self.thresholds[name, value, _find_origin(name, value, requested=name in asked)] += 1


def read_thresholds(record: Record) -> dict[str, float]:
    """The thresholds that were in force, by reason code."""
    parameters = record.provenance.parameters
    nested = parameters.get("thresholds")
    found = {**parameters, **nested} if isinstance(nested, dict) else parameters
    return {code: value for code, value in found.items() if code in BY_CODE and isinstance(value, int | float)}


def _find_origin(name: str, value: float, *, requested: bool) -> Origin:
    if requested:
        return Origin.REQUEST
    if name == _LIMIT:
        return Origin.MAX_REGIONS
    if value == BY_CODE[name].paper:
        return Origin.PAPER
    return Origin.ACCEPTANCE if name in ACCEPTANCE else Origin.BACKEND


def write_thresholds(subject: Subject) -> Iterator[str]:
    """The section of the card."""
    if not subject.thresholds:
        return
    yield "### Thresholds"
    yield (
        "Those that stood when the records were made. Networks differ in the scale of their scores, so a backend has "
        "thresholds of its own beside the paper's. `edit.` gates decide whether an edited pair is accepted."
    )
    rows = list(_list_thresholds(subject.thresholds))
    yield table(("gate", "fires", "threshold", "from", "pairs", "paper"), rows)


def _list_thresholds(counts: Counter[tuple[str, float, Origin]]) -> Iterator[tuple[str, ...]]:
    """By gate in order, the most frequent thresholds of each first."""
    gates: defaultdict[str, list[tuple[int, float, Origin]]] = defaultdict(list)
    for (name, value, origin), count in counts.items():
        gates[name].append((-count, value, origin))
    for name in sorted(gates, key=_order):
        paper, found = BY_CODE[name].paper, sorted(gates[name])
        for count, value, origin in found[:_SHOWN]:
            shown = "" if paper is None else f"{paper:g}"
            yield code(name), BY_CODE[name].drops_when, f"{value:g}", origin, f"{-count:,}", shown
        if len(found) > _SHOWN:
            rest = -sum(count for count, _, _ in found[_SHOWN:])
            yield code(name), BY_CODE[name].drops_when, f"{len(found) - _SHOWN:,} others", "", f"{rest:,}", ""


def write_rejections(subject: Subject) -> Iterator[str]:
    """The section of the card."""
    yield "## What is not here"
    yield f"{describe_rejections(subject)} {_WHERE}"
    rejections = subject.rejections
    if rejections is None or not (rejections.pairs or rejections.attempts):
        return
    names = sorted({*rejections.pairs, *rejections.attempts}, key=_order)
    rows = [
        (
            code(name),
            f"{rejections.pairs.get(name, 0):,}",
            f"{rejections.attempts.get(name, 0):,}",
            escape(BY_CODE[name].meaning) if name in BY_CODE else "",
        )
        for name in names
    ]
    yield table(("rejected for", "pairs", "earlier attempts", "meaning"), rows)


_WHERE = (
    "They are in no export, whatever filter it has: `GET /v1/jobs/{id}` lists those of a job with reasons and edits. "
    "Under the policy `describe` a synthesis keeps every pair that it made as a record, with what the gates measured."
)


def describe_rejections(subject: Subject) -> str:
    """How many pairs of the dataset have no record, in one or two sentences."""
    rejections = subject.rejections
    if rejections is None:
        return "How many pairs of the dataset were rejected without a record is not known."
    pairs, attempts = sum(rejections.pairs.values()), sum(rejections.attempts.values())
    when = "when this export began" if subject.version is None else "when this version was frozen"
    return (
        f"Of the whole dataset, {count_of(pairs, 'pair')} had been rejected without a record {when}, and "
        f"{count_of(attempts, 'attempt')} at pairs that were then made again."
    )


def _order(name: str) -> tuple[int, str]:
    return PLACE[step_of(name)], name
