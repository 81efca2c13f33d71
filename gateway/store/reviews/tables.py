"""The table of reviews."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import KEY_LENGTH, JsonText, Row, Sequence


class ReviewRow(Row):
    """One event in the history of a record's reviews, which is never changed; `record` is its sequence.

    Whoever adds one holds the lock on the dataset's row. So once it is held, no event with a lower sequence than the
    newest one can still appear. `request` is what was sent, `undone` the number of the review that it takes back,
    `after` the reviewer's `Judgement` from then on, `review` the record's `Review`.
    """

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("record", "number"), Index("ix_reviews_dataset", "dataset", "sequence"))

    sequence: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    record: Mapped[int] = mapped_column(ForeignKey("records.sequence"))
    number: Mapped[int]
    dataset: Mapped[str] = mapped_column(String(KEY_LENGTH))
    reviewer: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    undone: Mapped[int | None]
    request: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(16))
    review: Mapped[str] = mapped_column(JsonText)
