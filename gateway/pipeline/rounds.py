"""Another try for a made pair that was not accepted, up to a limit; then its reasons are counted."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from gateway.store import stages
from gateway.store.stages import Waiting
from gateway.store.tables import JobRow, PairRow
from imgdiff.jobs import StageName
from imgdiff.records import Reason

_HOPELESS = frozenset({
    "edit.exhausted", "edit.target_not_found", "edit.donor_not_found", "edit.image_too_small",
})  # fmt: skip  # another seed changes nothing


def not_accepted(
    session: Session, job: JobRow, pair: PairRow, name: StageName, reasons: Sequence[Reason], limit: int
) -> list[Waiting]:
    """The stage that makes it once more, or none when it is given up."""
    told = [reason.model_dump(mode="json") for reason in reasons]
    pair.tries = [*(pair.tries or []), {"round": pair.round, "stage": name.value, "reasons": told, "edit": pair.edit}]
    if pair.round + 1 < limit and not any(_hopeless(reason) for reason in reasons):
        pair.round += 1
        pair.image1 = pair.image2 = pair.caption1 = pair.caption2 = pair.edit = None
        session.flush()
        return [stages.add(session, job.id, pair.pair, StageName.EDITING, pair.round)]
    pair.reasons = list({str(reason): reason for one in pair.tries for reason in one["reasons"]}.values())
    return []


def _hopeless(reason: Reason) -> bool:
    told = reason.code.startswith("rewrite.") and reason.code != "rewrite.unavailable"
    return told or reason.code in _HOPELESS
