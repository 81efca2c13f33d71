"""Rows of donors: added, listed by what is asked for, and drawn from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, or_, select

from gateway.store.database import Session
from gateway.store.insertion import insert_new
from gateway.store.library.tables import DonorRow
from gateway.store.tables import AssetRow
from imgdiff.datasets import Donor
from imgdiff.errors import NotFound
from imgdiff.objects.labels import label_key
from imgdiff.objects.places import AssetId
from imgdiff.requests.names import DEFAULT_TENANT


@dataclass(frozen=True)
class DonorFilter:
    """Conditions on a tenant's donors; None asks for nothing. `licences` may end in `*`, for any ending."""

    label: str | None = None
    category: str | None = None
    licences: Collection[str] | None = None
    source: str | None = None
    reference: str | None = None
    least_pixels: int | None = None
    least_share: float | None = None
    most_share: float | None = None
    cut_off: bool | None = None
    occluded: bool | None = None
    outlined: bool | None = None
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True)
class Candidate:
    """A donor that may be drawn, and the mean lightness of its image, 0..100, if that is known."""

    donor: Donor
    lightness: float | None


def add(session: Session, donor: Donor, tenant: str = DEFAULT_TENANT) -> bool:
    """Whether the donor was added; False where its pixels and place are stored already."""
    row = {
        "id": donor.id,
        "tenant": tenant,
        "asset": donor.asset,
        "label": label_key(donor.label),
        "category": None if donor.category is None else label_key(donor.category),
        "source": donor.source,
        "reference": donor.reference,
        "licence": donor.licence,
        "pixels": donor.pixels,
        "share": donor.share,
        "cut_off": donor.view.cut_off,
        "occluded": donor.view.occluded,
        "outlined": donor.mask is not None,
        "document": donor.model_dump(mode="json"),
    }
    return insert_new(session, DonorRow, row)


def get(session: Session, donor_id: str, tenant: str = DEFAULT_TENANT) -> Donor:
    """One donor of a tenant; raises NotFound."""
    ours = (DonorRow.id == donor_id, DonorRow.tenant == tenant)
    document = session.scalar(select(DonorRow.document).where(*ours))
    if document is None:
        raise NotFound(f"there is no donor {donor_id!r}")
    return Donor.model_validate(document)


def remove(session: Session, donor_id: str) -> None:
    """Delete a donor, not its image; raises NotFound."""
    if session.scalar(delete(DonorRow).where(DonorRow.id == donor_id).returning(DonorRow.id)) is None:
        raise NotFound(f"there is no donor {donor_id!r}")


def after(session: Session, condition: DonorFilter, sequence: int, limit: int) -> list[tuple[int, Donor]]:
    """Up to `limit` donors after `sequence`, oldest first, each with its sequence."""
    columns = select(DonorRow.sequence, DonorRow.document).where(DonorRow.sequence > sequence, *_conditions(condition))
    rows = session.execute(columns.order_by(DonorRow.sequence).limit(limit))
    return [(number, Donor.model_validate(document)) for number, document in rows]


def categories(session: Session, label: str, tenant: str = DEFAULT_TENANT) -> set[str]:
    """Keys of the categories of all donors of a tenant with a label."""
    ours = (DonorRow.tenant == tenant, DonorRow.label == label_key(label))
    found = select(DonorRow.category).where(*ours, DonorRow.category.is_not(None))
    return {category for category in session.scalars(found.distinct()) if category is not None}


def candidates(
    session: Session,
    condition: DonorFilter,
    *,
    not_of: AssetId,
    within: Collection[str],
    without: str | None,
    start: str,
    limit: int,
) -> list[Candidate]:
    """Up to `limit` donors that meet the condition, in the order of their ids from `start` and round again.

    None is of the image `not_of` or has the label `without`; with categories in `within` each is of one of these.
    """
    conditions = [DonorRow.asset != not_of, *_conditions(condition)]
    if within:
        conditions.append(DonorRow.category.in_(sorted(within)))
    if without is not None:
        conditions.append(DonorRow.label != label_key(without))
    found: list[Candidate] = []
    for part in (DonorRow.id >= start, DonorRow.id < start):
        found += _read(session, [*conditions, part], limit - len(found))
    return found


def _read(session: Session, conditions: Sequence[ColumnElement[bool]], limit: int) -> list[Candidate]:
    joined = select(DonorRow.document, AssetRow.lightness).join(AssetRow, AssetRow.id == DonorRow.asset)
    rows = session.execute(joined.where(*conditions).order_by(DonorRow.id).limit(limit)) if limit > 0 else ()
    return [Candidate(Donor.model_validate(document), lightness) for document, lightness in rows]


def _conditions(condition: DonorFilter) -> list[ColumnElement[bool]]:
    equal = {
        DonorRow.tenant: condition.tenant,
        DonorRow.label: None if condition.label is None else label_key(condition.label),
        DonorRow.category: None if condition.category is None else label_key(condition.category),
        DonorRow.source: condition.source,
        DonorRow.reference: condition.reference,
        DonorRow.cut_off: condition.cut_off,
        DonorRow.outlined: condition.outlined,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if condition.occluded is not None:
        conditions.append(DonorRow.occluded.is_(True) if condition.occluded else DonorRow.occluded.is_not(True))
    if condition.least_pixels is not None:
        conditions.append(DonorRow.pixels >= condition.least_pixels)
    if condition.least_share is not None:
        conditions.append(DonorRow.share >= condition.least_share)
    if condition.most_share is not None:
        conditions.append(DonorRow.share <= condition.most_share)
    if condition.licences is not None:
        conditions.append(or_(*(_has_licence(licence) for licence in condition.licences)))
    return conditions


def _has_licence(licence: str) -> ColumnElement[bool]:
    if licence.endswith("*"):
        return DonorRow.licence.istartswith(licence.removesuffix("*"), autoescape=True)
    return func.lower(DonorRow.licence) == licence.lower()  # SPDX identifiers ignore case
