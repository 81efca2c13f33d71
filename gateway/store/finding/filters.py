"""Which records of a dataset are wanted."""

from dataclasses import dataclass

from imgdiff.records import Change, Verdict
from imgdiff.reviews.documents import ReviewState

NOT_REJECTED = tuple(state for state in ReviewState if state is not ReviewState.REJECTED)
"""What an export has unless it is asked for more."""


@dataclass(frozen=True)
class RecordFilter:
    """Conditions on the records of the dataset with a key; `label` and `change` are those of one kept region.

    A record has one of the states `reviews`, if there are any, a gate `reason` fired on it or one of its regions, and
    all `words` occur in its texts.
    """

    dataset: str
    verdict: Verdict | None = None
    change: Change | None = None
    label: str | None = None
    min_confidence: float | None = None
    min_similarity: float | None = None
    max_similarity: float | None = None
    reviews: tuple[ReviewState, ...] = ()
    reason: str | None = None
    words: tuple[str, ...] = ()
