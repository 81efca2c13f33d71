"""How much begins before a job that waits, if nobody else comes: its place in its tenant's turns and its lane."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.pipeline.order.costs import SINGLE_SHARE
from gateway.store.values import Lane, Waiting


@dataclass(frozen=True)
class Ahead:
    """Jobs that begin before another, and their pairs."""

    jobs: int
    pairs: float

    def __add__(self, other: "Ahead") -> "Ahead":
        return Ahead(self.jobs + other.jobs, self.pairs + other.pairs)


_NOTHING = Ahead(0, 0.0)


def ahead_of(lane: int, tenant: str, queued: Sequence[Waiting]) -> Ahead:
    """What begins before a job of a tenant in a lane, as if all stages cost the same.

    Those of its own tenant that are older; of each other tenant in its lane as many and one; of the other lane, its
    share.
    """
    own = [one for one in queued if (one.lane, one.tenant) == (lane, tenant)]
    before = sum((Ahead(one.older, one.older_pairs) for one in own), _NOTHING)
    others = [one for one in queued if one.lane == lane and one.tenant != tenant]
    turns = before.jobs + 1
    before = sum((_first(one, turns) for one in others), before)
    share = before.jobs // SINGLE_SHARE if lane == Lane.SINGLE else (before.jobs + 1) * SINGLE_SHARE
    for one in queued:
        if one.lane != lane:
            taken = _first(one, share)
            before, share = before + taken, share - taken.jobs
    return before


def _first(one: Waiting, most: int) -> Ahead:
    """Up to so many of its jobs, with pairs as they have on average."""
    count = min(one.jobs, most)
    return Ahead(count, one.pairs * count / one.jobs)
