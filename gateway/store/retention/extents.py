"""What an export reads: the records of a dataset up to one of them, with their reviews up to an event."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.store.database import Session
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.retention import marks
from gateway.store.values import Mark


@dataclass(frozen=True)
class Extent:
    """The records of a dataset that meet the condition, up to the sequence `through`; the same every time.

    Their reviews are those up to the event with the sequence `reviewed`. Of a sample they are those whose sequences are
    `chosen`.
    """

    mark: Mark
    condition: RecordFilter
    through: int
    reviewed: int
    chosen: Sequence[int] | None = None

    def check(self, session: Session) -> None:
        """Raise NotFound where the dataset or version is gone, Conflict where it has lost records."""
        marks.check(session, self.mark)

    def read(self, session: Session, position: int, limit: int) -> tuple[Sequence[str], int | None]:
        """Up to `limit` records from a position on, 0 for the first one, as JSON texts, and where to go on.

        They may be fewer although others follow.
        """
        if self.chosen is not None:
            return reading.documents_at(session, self.chosen, position, limit, self.reviewed)
        return reading.documents(session, self.condition, position, limit, self.through, self.reviewed)
