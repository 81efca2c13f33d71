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


def _owns_job(session: Session, tenant: str, job_id: str) -> bool:
    return session.scalar(select(JobRow.tenant).where(JobRow.id == job_id)) == tenant


def _owns_batch(session: Session, tenant: str, batch_id: str) -> bool:
    return session.scalar(select(BatchRow.tenant).where(BatchRow.id == batch_id)) == tenant


def _owns_record(session: Session, tenant: str, record_id: str) -> bool:
    key = session.scalar(select(RecordRow.dataset).where(RecordRow.id == record_id))
    return key is not None and tenant_of(key) == tenant


def _owns_donor(session: Session, tenant: str, donor_id: str) -> bool:
    return session.scalar(select(DonorRow.tenant).where(DonorRow.id == donor_id)) == tenant


def _owns_webhook(session: Session, tenant: str, webhook_id: str) -> bool:
    return session.scalar(select(WebhookRow.tenant).where(WebhookRow.id == webhook_id)) == tenant


def _owns_dead_letter(session: Session, tenant: str, letter_id: str) -> bool:
    return session.scalar(select(DeadLetterRow.tenant).where(DeadLetterRow.id == letter_id)) == tenant


def _holds_asset(session: Session, tenant: str, asset_id: str) -> bool:
    return assets.held_since(session, asset_id, tenant) is not None


OWNS: Mapping[str, Owns] = {
    "job": _owns_job,
    "batch": _owns_batch,
    "record": _owns_record,
    "donor": _owns_donor,
    "webhook": _owns_webhook,
    "dead letter": _owns_dead_letter,
    "asset": _holds_asset,
}
"""By the word that an error has for the resource."""
