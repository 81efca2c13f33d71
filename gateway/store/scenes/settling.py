"""Which scene the images of a pair show, over all datasets of a tenant; what is stored never changes.

A scene has the id of the image of it that the tenant sent or made first, so that no id of another tenant shows. Either
image of a pair can lead to it, so that pairs with swapped sides have the same one.
"""

from collections.abc import Sequence

from sqlalchemy import select, text

from gateway.store.database import Session
from gateway.store.scenes.fingerprints import ALIKE, band_keys, count_differing, near_keys
from gateway.store.scenes.tables import BandRow, FingerprintRow
from gateway.store.tables import AssetRow
from imgdiff.records import AssetId
from imgdiff.requests.names import DEFAULT_TENANT

_STANDS_FOR = 10  # differing bits up to which a stored fingerprint stands for another; copies as JPEG have fewer
_LOCK = 0x73636E65  # "scne": the advisory lock of whoever stores fingerprints


def settle_scene(session: Session, image1: AssetId, image2: AssetId, tenant: str = DEFAULT_TENANT) -> AssetId:
    """The scene of a tenant's pair; it is stored if it is new, by one writer after the other.

    Images without a fingerprint, which earlier versions stored, show a scene of their own until they get one
    (`gateway.scenes`).
    """
    fingerprints = _fingerprints(session, image1, image2)
    known = dict(_stored(session, fingerprints, tenant))
    if fingerprints and len(known) == len(fingerprints):
        return known[fingerprints[0]]
    nearest = [_find_nearest(session, one, tenant) for one in fingerprints]
    if any(distance > _STANDS_FOR for distance, _ in nearest) and _lock(session):
        nearest = [
            _find_nearest(session, one, tenant) for one in fingerprints
        ]  # a nearer one may have been stored meanwhile
    scene = next((scene for distance, scene in nearest if distance <= ALIKE), image1)
    for fingerprint, (distance, _) in zip(fingerprints, nearest, strict=True):
        if distance > _STANDS_FOR:
            _store(session, fingerprint, scene, tenant)
    return scene


def remember_scene(session: Session, fingerprint: str, scene: AssetId, tenant: str = DEFAULT_TENANT) -> None:
    """Store the fingerprint of a scene that has records, unless a stored one stands for it."""
    distance, _ = _find_nearest(session, fingerprint, tenant)
    if distance > _STANDS_FOR and _lock(session):
        distance, _ = _find_nearest(session, fingerprint, tenant)
    if distance > _STANDS_FOR:
        _store(session, fingerprint, scene, tenant)


def _fingerprints(session: Session, image1: AssetId, image2: AssetId) -> list[str]:
    """Those of both images, image1's first; one, if it stands for both."""
    columns = select(AssetRow.id, AssetRow.fingerprint).where(AssetRow.id.in_((image1, image2)))
    found = {asset: fingerprint for asset, fingerprint in session.execute(columns) if fingerprint is not None}
    known = [found[asset] for asset in dict.fromkeys((image1, image2)) if asset in found]
    return known[:1] if len(known) == 2 and count_differing(*known) <= _STANDS_FOR else known


def _stored(session: Session, fingerprints: Sequence[str], tenant: str) -> list[tuple[str, AssetId]]:
    row = FingerprintRow
    ours = (row.tenant == tenant, row.fingerprint.in_(fingerprints))
    found = session.execute(select(row.fingerprint, row.scene).where(*ours))
    return [(fingerprint, scene) for fingerprint, scene in found]


def _find_nearest(session: Session, fingerprint: str, tenant: str) -> tuple[int, AssetId]:
    """Differing bits and scene of the tenant's nearest fingerprint, the oldest of several; far off without any."""
    numbers = select(BandRow.number).where(BandRow.key.in_(list(near_keys(fingerprint))))
    row = FingerprintRow
    near = (row.number.in_(numbers), row.tenant == tenant)
    candidates = session.execute(select(row.fingerprint, row.number, row.scene).where(*near))
    found = ((count_differing(fingerprint, other), number, scene) for other, number, scene in candidates)
    distance, _, scene = min(found, default=(ALIKE + 1, 0, ""))
    return distance, scene


def _store(session: Session, fingerprint: str, scene: AssetId, tenant: str) -> None:
    row = FingerprintRow(fingerprint=fingerprint, scene=scene, tenant=tenant)
    session.add(row)
    session.flush()
    session.add_all(BandRow(key=key, number=row.number) for key in band_keys(fingerprint))
    session.flush()


def _lock(session: Session) -> bool:
    """Let nobody else store fingerprints until this transaction ends; False on SQLite, which has one writer anyhow."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    return True
