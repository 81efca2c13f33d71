"""Reads the reviews of a dataset, and counts how good its records are."""

from functools import partial
from itertools import chain

from pydantic import BaseModel, ConfigDict

from gateway.statistics.quality import MINIMUM, RecordSeen, RegionSeen, Tally, agree, count_ratings
from gateway.store.database import Session
from gateway.store.reviews import judged
from gateway.store.tenants import dataset_name
from imgdiff.reviews.documents import Review, ReviewState
from imgdiff.statistics.quality import Quality


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    regions: tuple[RegionSeen, ...] = ()


def read_quality(session: Session, dataset: str, precision: float | None) -> Quality:
    """The quality of a dataset, with the threshold for a wanted precision; one pass over what was reviewed."""
    tally, states = Tally(), judged.count_states(session, dataset)
    for state, confidence, document, reviewed in judged.read_records(session, dataset):
        review = Review() if reviewed is None else Review.model_validate_json(reviewed)
        regions = _Seen.model_validate_json(document).regions
        tally.add(RecordSeen(ReviewState(state), confidence, regions, review.corrections))
    judgements = list(judged.read_judgements(session, dataset))
    count_kept = partial(judged.count_confident, session, dataset)
    return Quality(
        dataset=dataset_name(dataset),
        records=sum(states.values()),
        minimum=MINIMUM,
        reviews=states,
        overall=tally.find_precision(),
        changes=tally.by_change(),
        buckets=tally.by_bucket(),
        agreement=agree(judgements),
        ratings=count_ratings(chain.from_iterable(one.values() for one in judgements)),
        threshold=None if precision is None else tally.find_threshold(precision, count_kept),
    )
