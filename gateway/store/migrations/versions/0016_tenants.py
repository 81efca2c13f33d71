"""Tenants: all that there is belongs to the default one. No row is rewritten but the fingerprints of scenes."""

import sqlalchemy as sa
from alembic import op

from gateway.store.redefinition import redefine
from gateway.store.tables import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OWNED = {"assets": "owner", "datasets": "tenant", "jobs": "tenant", "batches": "tenant", "donors": "tenant"}
_INDEXES = {
    "ix_assets_owner": ("assets", ["owner", "id"]),
    "ix_datasets_tenant": ("datasets", ["tenant", "name"]),
    "ix_jobs_tenant": ("jobs", ["tenant", "sequence"]),
    "ix_jobs_tenant_state": ("jobs", ["tenant", "state", "sequence"]),
    "ix_batches_tenant": ("batches", ["tenant", "sequence"]),
    "ix_donors_tenant": ("donors", ["tenant", "sequence"]),
}
_OF_DONORS = {
    "ix_donors_label": ["label", "id"],
    "ix_donors_category": ["category", "id"],
    "ix_donors_source": ["source", "sequence"],
}
_KEYS = {"name": ("datasets",), "dataset": ("versions", "jobs", "records", "regions", "counts")}  # of datasets
_NAME, _KEY, _SHORT_ROUTE, _ROUTE = 64, 129, 128, 300  # characters


def upgrade() -> None:
    for table, column in _OWNED.items():
        op.add_column(table, sa.Column(column, sa.String(64), server_default="default", nullable=False))
    _widen(_NAME, _KEY, _SHORT_ROUTE, _ROUTE)
    for index, columns in _OF_DONORS.items():
        op.drop_index(index, "donors")
        op.create_index(index, "donors", ["tenant", *columns])
    for index, (table, columns) in _INDEXES.items():
        op.create_index(index, table, columns)
    op.create_table(
        "grants",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("asset", sa.String(length=71), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"]),
        sa.PrimaryKeyConstraint("tenant", "asset"),
    )
    op.create_index("ix_grants_asset", "grants", ["asset"])
    _scope_fingerprints()


def downgrade() -> None:
    _refuse_to_mix()
    op.drop_table("grants")
    for index, (table, _) in _INDEXES.items():
        op.drop_index(index, table)
    for index, columns in _OF_DONORS.items():
        op.drop_index(index, "donors")
        op.create_index(index, "donors", columns)
    _widen(_KEY, _NAME, _ROUTE, _SHORT_ROUTE)
    for table, column in _OWNED.items():
        op.drop_column(table, column)
    _unscope_fingerprints()


def _refuse_to_mix() -> None:
    """Raise where another tenant has something, which everybody would see afterwards."""
    owners = {**_OWNED, "fingerprints": "tenant", "grants": "tenant"}
    others = {
        tenant
        for table, column in owners.items()
        for (tenant,) in op.get_bind().execute(sa.text(f"SELECT DISTINCT {column} FROM {table}"))  # noqa: S608  constants
    } - {"default"}
    if others:
        raise RuntimeError(f"an earlier version knows no tenants, and would show everybody all of {sorted(others)}")


def _widen(old: int, new: int, old_route: int, new_route: int) -> None:
    """Change the width of columns that hold keys of datasets, and of the routes of idempotency keys."""
    widths = [(table, column, old, new) for column, tables in _KEYS.items() for table in tables]
    for table, column, before, after in (*widths, ("idempotency", "route", old_route, new_route)):
        if op.get_bind().dialect.name == "sqlite":
            redefine(op.get_bind(), [table], f"{column} VARCHAR({before})", f"{column} VARCHAR({after})")
        else:
            op.alter_column(table, column, type_=sa.String(after))


def _scope_fingerprints() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.add_column("fingerprints", sa.Column("tenant", sa.String(64), server_default="default", nullable=False))
        op.drop_constraint("fingerprints_fingerprint_key", "fingerprints")
        op.create_unique_constraint("fingerprints_tenant_fingerprint_key", "fingerprints", ["tenant", "fingerprint"])
        return
    unique = sa.UniqueConstraint("tenant", "fingerprint", name="fingerprints_tenant_fingerprint_key")
    tenant = sa.Column("tenant", sa.String(length=64), server_default="default", nullable=False)
    _copy_fingerprints(tenant, unique)


def _unscope_fingerprints() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fingerprints_tenant_fingerprint_key", "fingerprints")
        op.create_unique_constraint("fingerprints_fingerprint_key", "fingerprints", ["fingerprint"])
        op.drop_column("fingerprints", "tenant")
        return
    _copy_fingerprints(sa.UniqueConstraint("fingerprint"))


def _copy_fingerprints(*rest: sa.schema.SchemaItem) -> None:
    """SQLite cannot change what is unique. A million rows take seconds; nothing refers to them."""
    op.create_table(
        "new_fingerprints",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("scene", sa.String(length=71), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        *rest,
    )
    columns = "number, fingerprint, scene"
    op.execute(f"INSERT INTO new_fingerprints ({columns}) SELECT {columns} FROM fingerprints")  # noqa: S608  constants
    op.drop_table("fingerprints")
    op.rename_table("new_fingerprints", "fingerprints")
