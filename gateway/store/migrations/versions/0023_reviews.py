"""Reviews of records, and the columns of records that searches and the queue of reviews use."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from gateway.store.tables import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BATCH = 500  # records converted at a time; chosen, not measured
_WORDS_LENGTH = 20_000  # characters
_RECORDS = sa.table(
    "records",
    sa.column("sequence", sa.BigInteger),
    sa.column("confidence", sa.Double),
    sa.column("doubt", sa.Double),
    sa.column("reasons", sa.Text),
    sa.column("words", sa.Text),
    sa.column("document", sa.JSON),
)
_REVIEWED = sa.text("review <> 'unreviewed'")
_INDEXES = {
    "ix_records_doubt": (["dataset", "review", "doubt", "sequence"], None),
    "ix_records_reviewed": (["dataset", "review", "sequence"], _REVIEWED),
}
_COLUMNS: dict[str, tuple[sa.types.TypeEngine[Any], str | None]] = {
    "doubt": (sa.Double(), "-1"),
    "reasons": (sa.Text(), ""),
    "words": (sa.Text(), ""),
    "review": (sa.String(16), "unreviewed"),
    "reviewed": (sa.JSON(), None),
}
"""Of records, by name: type and default; null without one."""
_TEXTS = ("caption", "label1", "label2", "caption1", "caption2", "text1", "text2")


def upgrade() -> None:
    for name, (kind, default) in _COLUMNS.items():
        op.add_column("records", sa.Column(name, kind, server_default=default, nullable=default is None))
    op.add_column("versions", sa.Column("reviewed", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "reviews",
        sa.Column("sequence", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("record", _NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(length=129), nullable=False),
        sa.Column("reviewer", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=True) for name in ("request", "before", "after")),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("review", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["records.sequence"]),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("record", "number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_dataset", "reviews", ["dataset", "sequence"])
    _fill()
    for index, (columns, condition) in _INDEXES.items():
        op.create_index(index, "records", columns, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for index in _INDEXES:
        op.drop_index(index, "records")
    op.drop_table("reviews")
    op.drop_column("versions", "reviewed")
    for name in _COLUMNS:
        op.drop_column("records", name)


def _fill() -> None:
    """Copy what searches use out of the documents, a batch of records at a time."""
    connection, position = op.get_bind(), 0
    ordered = sa.select(_RECORDS.c.sequence, _RECORDS.c.document).order_by(_RECORDS.c.sequence).limit(_BATCH)
    update = sa.update(_RECORDS).where(_RECORDS.c.sequence == sa.bindparam("row"))
    update = update.values(
        doubt=sa.func.coalesce(_RECORDS.c.confidence, -1.0), reasons=sa.bindparam("codes"), words=sa.bindparam("said")
    )
    while rows := connection.execute(ordered.where(_RECORDS.c.sequence > position)).all():
        position = rows[-1][0]
        found = [{"row": row, "codes": _codes(document), "said": _words(document)} for row, document in rows]
        connection.execute(update, found)


def _codes(document: dict[str, Any]) -> str:
    regions = document.get("regions") or ()
    reasons = [*(document.get("reasons") or ()), *(one for region in regions for one in region.get("reasons") or ())]
    codes = dict.fromkeys(one["code"] for one in reasons)
    return f" {' '.join(codes)} " if codes else ""


def _words(document: dict[str, Any]) -> str:
    kept = [region for region in document.get("regions") or () if region["kept"]]
    texts = [document.get("caption"), *(region.get(name) for region in kept for name in _TEXTS)]
    return "\n".join(dict.fromkeys(filter(None, texts))).replace("\0", "").casefold()[:_WORDS_LENGTH]
