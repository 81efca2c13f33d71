"""Find the stage that kills its service or worker, without harm to those that ran beside it.

A death counts against nobody: the stages in flight become suspects. A suspect runs while nothing else of its name does
(its quarantine is shut), and after it those that waited. One that dies alone twice is condemned, unless others died
alone like it and none has succeeded since: then the service is at fault, and runs one at a time until one succeeds.
"""

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.store.database import Session
from gateway.store.isolation import quarantines, suspects
from gateway.store.isolation.quarantines import Quarantine
from gateway.store.jobs import pairs, stages
from gateway.store.values import QueuedStage, Stage, StoredJob
from imgdiff.jobs import StageName

_log = logging.getLogger(__name__)
DEATHS_ALONE = 2  # that condemn a stage; with the one that made it a suspect it has died three times; chosen
_SHORTEST_TURN = timedelta(seconds=1)  # of those that waited for a suspect; chosen, not measured
_LONGEST_TURN = timedelta(seconds=60)  # of the same, however long the suspect ran; chosen, not measured
_FIRST_PROBE_SECONDS = 1.0  # before a service at fault is tried again; doubled each time; chosen, not measured
_LONGEST_PROBE_SECONDS = 300.0  # the limit of that; chosen, not measured
_REMEMBERED = 16  # deaths alone without a success between; more say nothing new; chosen, not measured


@dataclass(frozen=True)
class Judgement:
    """A stage after a death, and whether it is what causes them."""

    stage: Stage
    condemned: bool


def may_start(session: Session, stage: Stage) -> bool:
    """Whether a queued stage may start now; one that may not is taken off its queue until its quarantine is open."""
    quarantine = quarantines.share(session, stage.name)
    if quarantine.holder == stage.id and not suspects.any_runs(session, stage.name):
        return True
    if not quarantine.shut and stage.suspected_at is None:
        return True
    stages.hold(session, stage)
    return False


def judge(session: Session, job: StoredJob, stage: Stage, *, shared: bool) -> Judgement:
    """What a death during an attempt says of its stage; `shared` when other attempts ended with the same process."""
    quarantine = quarantines.lock(session, stage.name)
    quarantine = replace(quarantine, deaths=quarantine.deaths + 1)
    alone = quarantine.holder == stage.id and not shared
    counts = {"deaths": stage.deaths + 1, "deaths_alone": stage.deaths_alone + alone}
    later, condemned = stage.model_copy(update=counts), False
    if alone:
        condemned, quarantine = _judge_alone(quarantine, later, _fingerprint(session, job, stage))
    if quarantine.holder == stage.id:
        quarantine = _open(quarantine, datetime.now(UTC))
    quarantines.save(session, quarantine)
    return Judgement(later if condemned else later.model_copy(update={"attempts": stage.attempts - 1}), condemned)


def proceed(
    session: Session, name: StageName, ended: str | None = None, *, succeeded: bool = False
) -> list[QueuedStage]:
    """Move a quarantine on, after the stage `ended`; returns the stages to put on their queues.

    It opens when its holder has ended, shuts for the next suspect when those that waited had their turn, and lets this
    one start when nothing else runs.
    """
    now = datetime.now(UTC)
    quarantine = quarantines.lock(session, name)
    if succeeded and quarantine.unexplained:
        quarantine = replace(quarantine, unexplained=(), probes=0)
    if quarantine.holder is not None and (
        quarantine.holder == ended or not suspects.is_open(session, quarantine.holder)
    ):
        quarantine = _open(quarantine, now)
    if quarantine.holder is None:
        quarantine = _choose(session, quarantine, now)
    quarantines.save(session, quarantine)
    if quarantine.holder is not None:
        return [] if suspects.any_runs(session, name) else suspects.enqueue(session, quarantine.holder, name, now)
    return stages.claim_due(session, now, shut(session))


def shut(session: Session) -> list[StageName]:
    """The names of which only one stage may start."""
    return [quarantine.name for quarantine in quarantines.find_all(session) if quarantine.shut]


def waiting(session: Session) -> set[StageName]:
    """The names whose quarantines may have to move."""
    return set(suspects.count(session)) | {
        quarantine.name for quarantine in quarantines.find_all(session) if not quarantine.idle
    }


def _judge_alone(quarantine: Quarantine, stage: Stage, mark: str) -> tuple[bool, Quarantine]:
    """Whether a stage that died alone is condemned, and the quarantine that remembers it.

    The first time it is not. Later it is if others have succeeded in between, or if no others died: then nothing
    speaks for the stage. It stays unexplained unless others succeeded, so that a service that kills all is found.
    """
    others_succeeded = mark not in quarantine.unexplained
    remembered = replace(quarantine, unexplained=(*quarantine.unexplained, mark)[-_REMEMBERED:])
    if stage.deaths_alone < DEATHS_ALONE:
        _report(quarantine, remembered)
        return False, remembered
    if others_succeeded:
        return True, quarantine
    _report(quarantine, remembered)
    return not remembered.service_fails, remembered


def _report(before: Quarantine, after: Quarantine) -> None:
    if after.service_fails and not before.service_fails:
        _log.error("%s dies whatever it works on; its stages run one at a time until one succeeds", after.name)


def _open(quarantine: Quarantine, now: datetime) -> Quarantine:
    """The quarantine without its holder; others have as long a turn as it had, and a service at fault has a pause."""
    if quarantine.service_fails:
        seconds = min(_FIRST_PROBE_SECONDS * 2.0 ** min(quarantine.probes, 10), _LONGEST_PROBE_SECONDS)
        return replace(
            quarantine,
            holder=None,
            shut_at=None,
            next_at=now + timedelta(seconds=seconds),
            probes=quarantine.probes + 1,
        )
    turn = min(max(now - (quarantine.shut_at or now), _SHORTEST_TURN), _LONGEST_TURN)
    return replace(quarantine, holder=None, shut_at=None, next_at=now + turn)


def _choose(session: Session, quarantine: Quarantine, now: datetime) -> Quarantine:
    """The quarantine with its next holder, if there is one and it is its turn."""
    longest = timedelta(seconds=_LONGEST_PROBE_SECONDS)
    early = (
        quarantine.next_at is not None and now < quarantine.next_at <= now + longest
    )  # later ones are of a clock that jumped
    if early and (quarantine.service_fails or suspects.others_wait(session, quarantine.name)):
        return quarantine
    holder = suspects.next_one(session, quarantine.name, now, anyone=quarantine.service_fails)
    return quarantine if holder is None else replace(quarantine, holder=holder, shut_at=now)


def _fingerprint(session: Session, job: StoredJob, stage: Stage) -> str:
    """The same for stages that work on the same images with the same options."""
    pair = pairs.get(session, job.id, stage.pair)
    beside = {"metadata", "dataset", "deadline_seconds", "start_deadline_seconds", "fresh"}
    request = job.request.model_dump(mode="json", exclude={"options": beside})
    place = (stage.pair, stage.round) if pair.image2 is None else ()
    works_on = [stage.name.value, pair.image1, pair.image2, request, place]
    return hashlib.sha256(json.dumps(works_on, sort_keys=True).encode()).hexdigest()[:16]
