"""Which records are in a sample: the same ones for the same records and seed, whatever the database and the order.

A record of several groups is in the rarest of them. Groups share a limit equally; one that is smaller than its share
gives all it has, and what is left goes to the others.
"""

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest

Grouped = Iterable[tuple[int, str, Collection[str]]]
"""Sequence, id and groups of each record."""


Numbers = MutableSequence[int]
"""An array, which is no generic type before Python 3.12."""


class BalanceBy(StrEnum):
    """What groups records."""

    CHANGE = "change"
    LABEL = "label"
    REPLACEMENT = "replacement"


@dataclass(frozen=True)
class Sample:
    """At most `limit` records, `per_group` of each group; without `by` all are one group."""

    by: BalanceBy | None
    limit: int | None
    per_group: int | None
    seed: int

    @property
    def options(self) -> dict[str, object]:
        """What was asked for, by the names that the query of an export has for it."""
        given = {"balance": self.by, "sample": self.limit, "per_group": self.per_group, "sample_seed": self.seed}
        return {name: value for name, value in given.items() if value is not None}


class _Seen:
    """Records as numbers alone: 30 bytes or so for each."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.sizes: Counter[int] = Counter()
        self.sequences, self.ranks = array("q"), array("Q")
        self.ends, self.members = array("q"), array("l")

    def add(self, sequence: int, rank: int, groups: Collection[str]) -> None:
        numbers = [self.names.setdefault(group, len(self.names)) for group in groups]
        self.sizes.update(numbers)
        self.sequences.append(sequence)
        self.ranks.append(rank)
        self.members.extend(numbers)
        self.ends.append(len(self.members))

    def assign(self) -> dict[str, tuple[Numbers, Numbers]]:
        """Ranks and sequences of the records whose rarest group each is."""
        names = list(self.names)
        found: defaultdict[str, tuple[Numbers, Numbers]] = defaultdict(lambda: (array("Q"), array("q")))
        start = 0
        for sequence, rank, end in zip(self.sequences, self.ranks, self.ends, strict=True):
            rarest = min(self.members[start:end], key=lambda number: (self.sizes[number], names[number]))
            ranks, sequences = found[names[rarest]]
            ranks.append(rank)
            sequences.append(sequence)
            start = end
        return found


def choose(records: Grouped, sample: Sample) -> Sequence[int]:
    """The sequences of the sample's records, ascending; records without a group are in none."""
    seen = _Seen()
    for sequence, record_id, groups in records:
        if groups:
            digest = hashlib.sha256(f"{sample.seed} {record_id}".encode()).digest()
            seen.add(sequence, int.from_bytes(digest[:8]), groups)
    groups = seen.assign()
    quotas = share({name: len(ranks) for name, (ranks, _) in groups.items()}, sample.limit, sample.per_group)
    chosen = (
        sequence for name, both in groups.items() for _, sequence in nsmallest(quotas[name], zip(*both, strict=True))
    )
    return array("q", sorted(chosen))


def share(sizes: Mapping[str, int], limit: int | None, per_group: int | None) -> dict[str, int]:
    """How many records each group gives; where there are more groups than places, the largest groups have one."""
    most = {name: size if per_group is None else min(size, per_group) for name, size in sizes.items()}
    if limit is None:
        return most
    quotas: dict[str, int] = {}
    left, order = limit, sorted(most, key=lambda name: (most[name], name))
    for number, name in enumerate(order):
        quotas[name] = min(most[name], left // (len(order) - number))
        left -= quotas[name]
    return quotas
