"""The sample that an export asks for, chosen from the rows of a dataset; no record is kept in memory."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from gateway.sampling.balance import BalanceBy, Grouped, Sample, choose
from gateway.statistics.facts import RecordFacts
from gateway.statistics.names import find_replacements, replacement_key
from gateway.store.database import Session
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from imgdiff.errors import InvalidRequest


def read_sample(by: BalanceBy | None, limit: int | None, per_group: int | None, seed: int) -> Sample | None:
    """What was asked for; None for all records. Raises InvalidRequest where a number is missing or too many."""
    if by is None and per_group is not None:
        detail = f"per_group needs balance, one of: {', '.join(BalanceBy)}; without groups, give sample"
        raise InvalidRequest.at("/query/per_group", "without_balance", detail)
    if by is not None and limit is None and per_group is None:
        detail = "balance needs sample (records in all) or per_group (records of each group), or both"
        raise InvalidRequest.at("/query/balance", "without_limit", detail)
    return None if limit is None and per_group is None else Sample(by, limit, per_group, seed)


def choose_records(
    session: Session, condition: RecordFilter, through: int, reviewed: int, sample: Sample
) -> Sequence[int]:
    """The sequences of the sample's records among those that meet a condition, up to `through`.

    The condition on reviews is that after the event `reviewed`.
    """
    return choose(_read_groups(session, condition, through, reviewed, sample.by), sample)


def _read_groups(
    session: Session, condition: RecordFilter, through: int, reviewed: int, by: BalanceBy | None
) -> Grouped:
    match by:
        case None:
            found = reading.keys(session, condition, through, reviewed)
            return ((sequence, record_id, ("",)) for sequence, record_id in found)
        case BalanceBy.REPLACEMENT:
            return _read_replacements(session, condition, through, reviewed)
        case _:
            rows = reading.keys_by_region(session, condition, through, reviewed, label=by is BalanceBy.LABEL)
            return _gather(rows)


def _gather(rows: Iterator[tuple[int, str, str]]) -> Grouped:
    for (sequence, record_id), found in groupby(rows, key=itemgetter(0, 1)):
        yield sequence, record_id, {group for _, _, group in found if group}


def _read_replacements(session: Session, condition: RecordFilter, through: int, reviewed: int) -> Grouped:
    for sequence, record_id, document in reading.documents_with_keys(session, condition, through, reviewed):
        names = find_replacements(RecordFacts.model_validate_json(document))
        yield sequence, record_id, {" > ".join(replacement_key(both)) for both in names}
