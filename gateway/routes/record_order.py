"""The orders of lists of records, each with cursors of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Query

from gateway.http import cursors
from gateway.http.deps import Cursor
from gateway.store.database import Session
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.finding.pages import Doubt
from imgdiff.errors import InvalidRequest

_PLACE = re.compile(r"d(-1\.0|[01]\.[0-9]{1,20}(?:e-[0-9]{1,3})?|[0-9](?:\.[0-9]{1,20})?e-[0-9]{1,3}):([0-9]{1,18})")


class Order(StrEnum):
    """Which records come first."""

    OLDEST = "oldest"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Place:
    """Where a page begins, in which order."""

    order: Order
    cursor: str | None

    def read(
        self, session: Session, condition: RecordFilter, limit: int, through: int | None
    ) -> tuple[Sequence[str], str | None]:
        """The page of records as JSON texts, and the cursor of the next one. Raises InvalidRequest."""
        if self.order is Order.OLDEST:
            found, position = reading.texts(session, condition, cursors.sequence(self.cursor), limit, through)
            return found, None if position is None else cursors.encode(position)
        found, place = reading.doubtful_texts(session, condition, _parse(self.cursor), limit, through)
        return found, None if place is None else cursors.encode(f"d{place.confidence!r}:{place.sequence}")


async def read_place(
    order: Annotated[
        Order,
        Query(description="`doubtful`: those with the least confidence first, and before them those without any."),
    ] = Order.OLDEST,
    cursor: Cursor = None,
) -> Place:
    """Where the page of this request begins."""
    return Place(order, cursor)


def _parse(cursor: str | None) -> Doubt | None:
    position = cursors.position(cursor)
    if position is None:
        return None
    place = _PLACE.fullmatch(position)
    if place is None:
        raise InvalidRequest.at("/query/cursor", "cursor", "not a cursor of this order; pass `next_cursor` unchanged")
    return Doubt(float(place[1]), int(place[2]))
