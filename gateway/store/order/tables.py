"""The table of the rings of tenants."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row


class RingRow(Row):
    """How far the turns of one stage name have come; whoever chooses among several tenants holds this row's lock.

    `turns` lists, by lane, each tenant of its ring with its deficit, the one that was served last at the end. `passed`
    counts the stages of the first lane that were chosen while the second waited, since that was last served.
    """

    __tablename__ = "rings"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    passed: Mapped[int] = mapped_column(default=0, server_default="0")
    turns: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
