"""Datasets that count their records, versions, columns and keys that filters use, and when an image was last used."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

import gateway.store.tables
from imgdiff.objects.labels import label_key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT = gateway.store.tables.UtcDateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BATCH = 500  # records converted at a time; chosen, not measured
_LABEL_LENGTH = 200  # characters of a label's key
_DATASETS = sa.table(
    "datasets", sa.column("name", sa.String), sa.column("verdicts", sa.JSON), sa.column("image_bytes", sa.BigInteger)
)
_RECORDS = sa.table(
    "records",
    sa.column("sequence", sa.BigInteger),
    sa.column("job_id", sa.String),
    sa.column("pair", sa.Integer),
    sa.column("dataset", sa.String),
    sa.column("verdict", sa.String),
    sa.column("confidence", sa.Double),
    sa.column("similarity", sa.Double),
    sa.column("document", sa.JSON),
)
_REGIONS = sa.table(
    "regions",
    sa.column("sequence", sa.BigInteger),
    sa.column("change", sa.String),
    sa.column("label", sa.String),
    sa.column("dataset", sa.String),
)
_PAIRS = sa.table(
    "pairs",
    sa.column("job_id", sa.String),
    sa.column("pair", sa.Integer),
    sa.column("image1", sa.String),
    sa.column("image2", sa.String),
)
_DONORS = sa.table(
    "donors",
    sa.column("sequence", sa.BigInteger),
    sa.column("label", sa.String),
    sa.column("category", sa.String),
    sa.column("document", sa.JSON),
)
_ASSETS = sa.table("assets", sa.column("id", sa.String), sa.column("size", sa.BigInteger))
_INDEXES = {
    "ix_records_verdict": ("records", ["dataset", "verdict", "sequence"]),
    "ix_regions_change": ("regions", ["dataset", "change", "sequence"]),
    "ix_regions_label": ("regions", ["dataset", "label", "sequence", "change"]),
    "ix_jobs_state": ("jobs", ["state", "sequence"]),
    "ix_jobs_dataset": ("jobs", ["dataset", "sequence"]),
    "ix_jobs_finished": ("jobs", ["kind", "state", "finished_at"]),
    "ix_pairs_image1": ("pairs", ["image1"]),
    "ix_pairs_image2": ("pairs", ["image2"]),
    "ix_donors_asset": ("donors", ["asset"]),
}
_NEW_COLUMNS = {
    "datasets": ("tags", "verdicts", "image_bytes", "deleted", "deleting"),
    "records": ("confidence", "similarity"),
    "assets": ("used_at",),
}


def upgrade() -> None:
    op.drop_index("ix_jobs_state", "jobs")
    _add_columns()
    _create_versions()
    op.create_table(
        "regions",
        sa.Column("sequence", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("dataset", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sequence"], ["records.sequence"]),
        sa.PrimaryKeyConstraint("sequence", "change", "label"),
    )
    _convert_records()
    _count_records()
    _convert_donors()
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table)
    op.drop_table("regions")
    op.drop_table("versions")
    for table, columns in _NEW_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    op.create_index("ix_jobs_state", "jobs", ["state"])


def _add_columns() -> None:
    op.add_column("datasets", sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("datasets", sa.Column("verdicts", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("datasets", sa.Column("image_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("datasets", sa.Column("deleted", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("datasets", sa.Column("deleting", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("records", sa.Column("confidence", sa.Double(), nullable=True))
    op.add_column("records", sa.Column("similarity", sa.Double(), nullable=True))
    op.add_column("assets", sa.Column("used_at", _AT, nullable=True))


def _create_versions() -> None:
    op.create_table(
        "versions",
        sa.Column("dataset", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("image_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("dataset_document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.name"]),
        sa.PrimaryKeyConstraint("dataset", "name"),
    )


def _convert_records() -> None:
    """Copy what filters use out of the documents, a batch of records at a time."""
    connection, position = op.get_bind(), 0
    columns = sa.select(_RECORDS.c.sequence, _RECORDS.c.dataset, _RECORDS.c.document)
    ordered = columns.order_by(_RECORDS.c.sequence).limit(_BATCH)
    update = sa.update(_RECORDS).where(_RECORDS.c.sequence == sa.bindparam("row"))
    update = update.values(confidence=sa.bindparam("sure"), similarity=sa.bindparam("alike"))
    while rows := connection.execute(ordered.where(_RECORDS.c.sequence > position)).all():
        position = rows[-1][0]
        scores = [
            {"row": row, "sure": document.get("confidence"), "alike": document.get("similarity")}
            for row, _, document in rows
        ]
        connection.execute(update, scores)
        regions = [
            {"sequence": row, "dataset": dataset, "change": change, "label": label}
            for row, dataset, document in rows
            for change, label in dict.fromkeys(_keys(document))
        ]
        if regions:
            connection.execute(sa.insert(_REGIONS), regions)


def _keys(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Change and key of the label of each kept region, with each of its labels."""
    for region in document.get("regions") or ():
        if region["kept"]:
            labels = [region[name] for name in ("label1", "label2") if region.get(name)]
            for label in labels or [""]:
                yield region["change"], label and label_key(label.replace("\0", ""))[:_LABEL_LENGTH]


def _count_records() -> None:
    connection, record = op.get_bind(), _RECORDS.c
    verdicts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    grouped = sa.select(record.dataset, record.verdict, sa.func.count()).group_by(record.dataset, record.verdict)
    for name, verdict, count in connection.execute(grouped):
        verdicts[name][verdict] = count
    for name, counts in verdicts.items():
        connection.execute(sa.update(_DATASETS).where(_DATASETS.c.name == name).values(verdicts=counts))
    pair = _RECORDS.join(_PAIRS, (_PAIRS.c.job_id == record.job_id) & (_PAIRS.c.pair == record.pair))
    images = pair.join(_ASSETS, (_ASSETS.c.id == _PAIRS.c.image1) | (_ASSETS.c.id == _PAIRS.c.image2))
    sizes = sa.select(record.dataset, sa.func.sum(_ASSETS.c.size)).select_from(images).group_by(record.dataset)
    for name, size in connection.execute(sizes).all():
        connection.execute(sa.update(_DATASETS).where(_DATASETS.c.name == name).values(image_bytes=int(size)))


def _convert_donors() -> None:
    """Give donors the keys of their labels by the rules for plurals that have changed, a batch at a time."""
    connection, donor, position = op.get_bind(), _DONORS.c, 0
    ordered = sa.select(donor.sequence, donor.document).order_by(donor.sequence).limit(_BATCH)
    update = sa.update(_DONORS).where(donor.sequence == sa.bindparam("row"))
    update = update.values(label=sa.bindparam("name"), category=sa.bindparam("kind"))
    while rows := connection.execute(ordered.where(donor.sequence > position)).all():
        position = rows[-1][0]
        keys = [
            {"row": row, "name": label_key(document["label"]), "kind": kind and label_key(kind)}
            for row, document in rows
            for kind in [document.get("category")]
        ]
        connection.execute(update, keys)
