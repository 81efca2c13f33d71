"""The conditions on records that listings, statistics and exports take as query parameters."""

from typing import Annotated

from fastapi import Query

from gateway.http.deps import DatasetKey
from gateway.store.finding.filters import RecordFilter
from gateway.store.reviews.searchable import split_words
from imgdiff.errors import InvalidRequest
from imgdiff.records import Change, Verdict
from imgdiff.requests.names import Name
from imgdiff.reviews.documents import ReviewState

_CODE = r"^[a-z_]+(\.[a-z_]+)+$"
_MOST_WORDS = 16  # that a search asks for, each a look at every record of a page; chosen, not measured
_Similarity = Annotated[float | None, Query(allow_inf_nan=False, ge=-1, le=1)]
_Reviews = Annotated[
    list[ReviewState],
    Query(max_length=len(ReviewState), description="Only records whose review has one of these states."),
]
_Reason = Annotated[
    str | None,
    Query(
        max_length=64,
        pattern=_CODE,
        description="Only records with a gate of this code that fired on the pair or one of its regions.",
    ),
]
_Text = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only records in whose captions and labels, as the models said them or as corrected, all these "
        "words occur, also as parts of others, in upper or lower case.",
    ),
]


async def read_filter(  # noqa: PLR0913  one parameter a query parameter
    key: DatasetKey,
    *,
    verdict: Annotated[Verdict | None, Query(description="Only records with this verdict.")] = None,
    change: Annotated[Change | None, Query(description="Only records with a kept region of this change.")] = None,
    label: Annotated[
        Name | None, Query(description="Only records with a kept region of this label, in singular or plural.")
    ] = None,
    min_confidence: Annotated[
        float | None, Query(allow_inf_nan=False, ge=0, le=1, description="Least confidence in the verdict, 0..1.")
    ] = None,
    min_similarity: Annotated[_Similarity, Query(description="Least similarity of both images, -1..1.")] = None,
    max_similarity: Annotated[_Similarity, Query(description="Largest similarity of both images, -1..1.")] = None,
    review: _Reviews = [],  # noqa: B006  FastAPI copies it
    reason: _Reason = None,
    q: _Text = None,
) -> RecordFilter:
    """The conditions on the records of the dataset in the path; a label and a change are those of one region."""
    words = split_words(q or "")
    if len(words) > _MOST_WORDS:
        raise InvalidRequest.at("/query/q", "too_long", f"a search takes {_MOST_WORDS} words, not {len(words)}")
    return RecordFilter(
        key,
        verdict,
        change,
        label,
        min_confidence,
        min_similarity,
        max_similarity,
        tuple(dict.fromkeys(review)),
        reason,
        words,
    )
