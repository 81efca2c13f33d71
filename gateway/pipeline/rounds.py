"""Another try for a made pair that was not accepted, up to a limit; then its reasons are counted."""

from collections.abc import Sequence

from gateway.store.tables import PairRow
from imgdiff.jobs import StageName
from imgdiff.records import Reason

_HOPELESS = frozenset({
    "edit.exhausted", "edit.target_not_found", "edit.donor_not_found", "edit.image_too_small", "edit.unread",
})  # fmt: skip  # another seed changes nothing


def not_accepted(pair: PairRow, name: StageName, reasons: Sequence[Reason], limit: int) -> None:
    """The pair waits for its next try (see `stages.go_on`), or is given up."""
    told = [reason.model_dump(mode="json") for reason in reasons]
    pair.tries = [*(pair.tries or []), {"round": pair.round, "stage": name.value, "reasons": told, "edit": pair.edit}]
    if pair.round + 1 < limit and not any(_hopeless(reason) for reason in reasons):
        pair.round += 1
        pair.image1 = pair.image2 = pair.caption1 = pair.caption2 = pair.edit = None
    else:
        pair.reasons = list({str(reason): reason for one in pair.tries for reason in one["reasons"]}.values())


def _hopeless(reason: Reason) -> bool:
    told = reason.code.startswith("rewrite.") and reason.code != "rewrite.unavailable"
    return told or reason.code in _HOPELESS
