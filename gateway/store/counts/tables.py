"""The table of counters."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import KEY_LENGTH, Row


class CountRow(Row):
    """How often something was counted in a dataset; `PairRow.counted` tells which pairs it includes."""

    __tablename__ = "counts"

    dataset: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(500), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
