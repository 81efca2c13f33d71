"""The conditions on records that listings, statistics and exports take as query parameters."""

from typing import Annotated

from fastapi import Query

from gateway.http.deps import DatasetKey
from gateway.store.finding.filters import RecordFilter
from imgdiff.records import Change, Verdict
from imgdiff.requests.names import Name

_Similarity = Annotated[float | None, Query(allow_inf_nan=False, ge=-1, le=1)]


async def read_filter(
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
) -> RecordFilter:
    """The conditions on the records of the dataset in the path; a label and a change are those of one region."""
    return RecordFilter(key, verdict, change, label, min_confidence, min_similarity, max_similarity)
