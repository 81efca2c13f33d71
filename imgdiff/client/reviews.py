"""Reviews of both clients: `client.reviews.add(record, state="accepted")`, `.list(...)`, `.undo(...)` and so on."""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import TypedDict, Unpack

from imgdiff.client.calls import Call, paging, read
from imgdiff.client.webhooks import AsyncFetch, AsyncPages, Fetch, Pages
from imgdiff.datasets import ReviewPage
from imgdiff.errors import validate
from imgdiff.records import Record
from imgdiff.reviews.documents import RecordPatch, ReviewEvent
from imgdiff.statistics.quality import Quality


class ReviewArguments(TypedDict, total=False):
    """Keyword arguments of a review; see `imgdiff.reviews.documents.ReviewPatch`. None takes away what was there."""

    state: str
    rating: Mapping[str, str | None] | None
    note: str | None
    corrections: Mapping[str, object] | None
    reviewer: str


class Reviews:
    """The reviews of one gateway, blocking."""

    def __init__(self, fetch: Fetch, pages: Pages) -> None:
        self._fetch, self._pages = fetch, pages

    def add(self, record: Record, **review: Unpack[ReviewArguments]) -> Record:
        """Review a record as it was read; PreconditionFailed where somebody has reviewed it since."""
        return self._fetch(_add_call(record, review))

    def list(self, record_id: str) -> Iterator[ReviewEvent]:
        """The history of a record's reviews, oldest first."""
        for page in self._pages(partial(_list_call, record_id)):
            yield from page.reviews

    def undo(self, record_id: str, number: int) -> Record:
        """Take back a review by its number, `record.review.revision` after it; Conflict unless it is the newest."""
        return self._fetch(_undo_call(record_id, number))

    def quality(self, dataset: str, precision: float | None = None) -> Quality:
        """How good the records of a dataset are; with `precision` from which confidence on they have it."""
        return self._fetch(_quality_call(dataset, precision))


class AsyncReviews:
    """The reviews of one gateway, for asyncio."""

    def __init__(self, fetch: AsyncFetch, pages: AsyncPages) -> None:
        self._fetch, self._pages = fetch, pages

    async def add(self, record: Record, **review: Unpack[ReviewArguments]) -> Record:
        """Review a record as it was read; PreconditionFailed where somebody has reviewed it since."""
        return await self._fetch(_add_call(record, review))

    async def list(self, record_id: str) -> AsyncIterator[ReviewEvent]:
        """The history of a record's reviews, oldest first."""
        async for page in self._pages(partial(_list_call, record_id)):
            for event in page.reviews:
                yield event

    async def undo(self, record_id: str, number: int) -> Record:
        """Take back a review by its number, `record.review.revision` after it; Conflict unless it is the newest."""
        return await self._fetch(_undo_call(record_id, number))

    async def quality(self, dataset: str, precision: float | None = None) -> Quality:
        """How good the records of a dataset are; with `precision` from which confidence on they have it."""
        return await self._fetch(_quality_call(dataset, precision))


def _add_call(record: Record, review: ReviewArguments) -> Call[Record]:
    patch = validate(RecordPatch.model_validate, {"review": review})
    headers = {"If-Match": f'"{record.review.revision}"'}
    body = patch.model_dump(mode="json", exclude_unset=True)
    return Call("PATCH", f"/v1/records/{record.id}", read(Record), headers=headers, json=body)


def _list_call(record_id: str, cursor: str | None) -> Call[ReviewPage]:
    return Call("GET", f"/v1/records/{record_id}/reviews", read(ReviewPage), params=paging(cursor, None))


def _undo_call(record_id: str, number: int) -> Call[Record]:
    return Call("DELETE", f"/v1/records/{record_id}/reviews/{number}", read(Record))


def _quality_call(dataset: str, precision: float | None) -> Call[Quality]:
    params = {} if precision is None else {"precision": str(precision)}
    return Call("GET", f"/v1/datasets/{dataset}/quality", read(Quality), params=params)
