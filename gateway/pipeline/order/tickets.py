"""Begin what a message stands for: a stage of its queue, chosen when a worker has taken it.

A message is a ticket. It is published for one stage, and each queued stage has one, but which stage a ticket begins is
decided in the transaction that begins it, as late as possible: first the lane, then the tenant whose turn it is, then
its oldest stage. A suspect is run by its own ticket. A ticket that finds nothing ends.
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.pipeline import states
from gateway.pipeline.order.costs import SINGLE_SHARE
from gateway.pipeline.order.round_robin import choose
from gateway.store.database import Session
from gateway.store.jobs import jobs
from gateway.store.order import rings, waiting
from gateway.store.order.waiting import Candidate
from gateway.store.values import Attempt, Lane
from imgdiff.jobs import StageName

_CANDIDATES = 32  # of one tenant that are tried while others hold the first ones; chosen, not measured


class Contended(Exception):
    """Stages wait, but others hold the jobs of all that were tried: begin again in another transaction."""


def begin(session: Session, name: StageName, stage_id: str, lease_seconds: float) -> Attempt | None:
    """Start an attempt for a ticket that was published for `stage_id`; None when there is nothing to do.

    Raises Contended.
    """
    if waiting.is_bound(session, stage_id):
        return states.begin(session, stage_id, lease_seconds)
    found = False
    for candidate in _candidates(session, name):
        found = True
        job = jobs.lock_free(session, candidate.job_id)
        stage = None if job is None else waiting.find(session, candidate.stage_id)
        if job is not None and stage is not None:
            return states.start(session, job, stage, lease_seconds)
    if found:
        raise Contended
    return None


def _candidates(session: Session, name: StageName) -> Iterator[Candidate]:
    """The stage whose turn it is, then those of the same tenant that follow it."""
    heads = waiting.heads(session, name)
    if not heads:
        return
    first = heads[0] if len(heads) == 1 else _take_turn(session, name)
    if first is not None:
        yield first
        yield from (one for one in waiting.oldest(session, name, first, _CANDIDATES) if one != first)


def _take_turn(session: Session, name: StageName) -> Candidate | None:
    """The stage whose turn it is among several tenants or lanes, which the rings note."""
    locked = rings.lock(session, name)
    heads = waiting.heads(session, name)  # as they are now that the lock is held
    if not heads:
        return None
    lane, passed = _choose_lane({head.lane for head in heads}, locked.passed)
    in_lane = {head.tenant: head for head in heads if head.lane == lane}
    tenant, ring = choose(locked.turns.get(lane, ()), {one.tenant: one.cost for one in in_lane.values()})
    rings.save(session, name, replace(locked, passed=passed, turns={**locked.turns, lane: ring}))
    return in_lane[tenant]


def _choose_lane(lanes: set[int], passed: int) -> tuple[int, int]:
    """The lane that is served, and how many stages the bulk lane has let pass since it was."""
    if len(lanes) == 1:
        (lane,) = lanes
        return lane, 0 if lane == Lane.BULK else passed
    return (Lane.BULK, 0) if passed >= SINGLE_SHARE else (Lane.SINGLE, passed + 1)
