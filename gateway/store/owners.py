"""Whose a resource is: one look by its id, before anything else is done with it."""

from collections.abc import Callable, Mapping

from sqlalchemy import select

from gateway.store import assets
from gateway.store.batches.tables import BatchRow
from gateway.store.database import Session
from gateway.store.isolation.tables import DeadLetterRow
from gateway.store.library.tables import DonorRow
from gateway.store.tables import JobRow, RecordRow
from gateway.store.tenants import tenant_of
from gateway.store.webhooks.tables import WebhookRow

Owns = Callable[[Session, str, str], bool]
"""Whether a tenant has the resource with an id."""


def _has_tenant(row: type[JobRow | BatchRow | DonorRow | WebhookRow | DeadLetterRow]) -> Owns:
    """Whether the row with an id is a tenant's."""
    return lambda session, tenant, row_id: session.scalar(select(row.tenant).where(row.id == row_id)) == tenant


def _owns_record(session: Session, tenant: str, record_id: str) -> bool:
    key = session.scalar(select(RecordRow.dataset).where(RecordRow.id == record_id))
    return key is not None and tenant_of(key) == tenant


def _holds_asset(session: Session, tenant: str, asset_id: str) -> bool:
    return assets.held_since(session, asset_id, tenant) is not None


OWNS: Mapping[str, Owns] = {
    "job": _has_tenant(JobRow),
    "batch": _has_tenant(BatchRow),
    "record": _owns_record,
    "donor": _has_tenant(DonorRow),
    "webhook": _has_tenant(WebhookRow),
    "dead letter": _has_tenant(DeadLetterRow),
    "asset": _holds_asset,
}
"""By the word that an error has for the resource."""
