"""Which scene the images of a pair show, over all datasets of a tenant; what is stored never changes.

A scene has the id of the image of it that the tenant sent or made first, so that no id of another tenant shows. Either
image of a pair can lead to it, so that pairs with swapped sides have the same one.
"""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ARRAY, Integer, Select, any_, bindparam, func, insert, select, true

from gateway.store.database import Database, Session
from gateway.store.execution import execute, table_of
from gateway.store.scenes.fingerprints import ALIKE, band_keys, count_differing, near_keys
from gateway.store.scenes.tables import BandRow, FingerprintRow
from gateway.store.tables import AssetRow
from imgdiff.records import AssetId
from imgdiff.requests.names import DEFAULT_TENANT

_STANDS_FOR = 10  # differing bits up to which a stored fingerprint stands for another; copies as JPEG have fewer
_LOCK = 0x73636E65  # "scne": the advisory lock of whoever stores fingerprints
_ASSETS, _FINGERPRINTS, _BANDS = table_of(AssetRow), table_of(FingerprintRow), table_of(BandRow)
_OURS = _FINGERPRINTS.c.tenant == bindparam("owner")
_OF_IMAGES = select(_ASSETS.c.id, _ASSETS.c.fingerprint).where(_ASSETS.c.id.in_(bindparam("images", expanding=True)))
_STORED = select(_FINGERPRINTS.c.fingerprint, _FINGERPRINTS.c.scene).where(
    _OURS, _FINGERPRINTS.c.fingerprint.in_(bindparam("some", expanding=True))
)


_FOUND = select(_FINGERPRINTS.c.fingerprint, _FINGERPRINTS.c.number, _FINGERPRINTS.c.scene).where(_OURS)


def _near_in_json() -> Select[tuple[str, int, str]]:
    """Fingerprints with one of some bands; the keys are one value, since hundreds take long to bind."""
    keys = func.json_each(bindparam("keys")).table_valued("value")
    numbers = select(_BANDS.c.number).where(_BANDS.c.key.in_(select(keys.c.value)))
    return _FOUND.where(_FINGERPRINTS.c.number.in_(numbers))


def _near_in_array() -> Select[tuple[Any, ...]]:
    """The same for PostgreSQL, which is made to begin with the bands.

    Left to itself it looked for the bands of each of a tenant's fingerprints: 34 ms with 400 of them, and this 1 ms.
    """
    wanted = _BANDS.c.key == any_(bindparam("keys", type_=ARRAY(Integer)))
    near = select(_BANDS.c.number).where(wanted).distinct().subquery("near")
    found = _FOUND.where(_FINGERPRINTS.c.number == near.c.number).limit(1).lateral("found")
    return select(*found.c).select_from(near.join(found, true()))


_NEAR_IN_JSON, _NEAR_IN_ARRAY = _near_in_json(), _near_in_array()
_ADD = insert(_FINGERPRINTS).returning(_FINGERPRINTS.c.number)
_ADD_BANDS = insert(_BANDS)
_TAKE_LOCK = select(func.pg_advisory_xact_lock(_LOCK))
_LET_COMMIT_WAIT_FOR_NO_DISK = select(func.set_config("synchronous_commit", "off", True))  # until its end


def settle_scene(session: Session, image1: AssetId, image2: AssetId, tenant: str = DEFAULT_TENANT) -> AssetId:
    """The scene of a tenant's pair; it is stored if it is new, by one writer after the other.

    Images without a fingerprint, which earlier versions stored, show a scene of their own until they get one
    (`gateway.scenes`).
    """
    fingerprints = _fingerprints(session, image1, image2)
    known = dict(_stored(session, fingerprints, tenant))
    if fingerprints and len(known) == len(fingerprints):
        return known[fingerprints[0]]
    nearest = _find_nearest(session, fingerprints, tenant)
    if any(distance > _STANDS_FOR for distance, _ in nearest) and _lock(session):
        nearest = _find_nearest(session, fingerprints, tenant)  # a nearer one may have been stored meanwhile
    scene = next((scene for distance, scene in nearest if distance <= ALIKE), image1)
    for fingerprint, (distance, _) in zip(fingerprints, nearest, strict=True):
        if distance > _STANDS_FOR:
            _store(session, fingerprint, scene, tenant)
    return scene


def settle_ahead(database: Database, image1: AssetId, image2: AssetId, tenant: str = DEFAULT_TENANT) -> None:
    """Store the scene of a pair in a transaction of its own, so that no longer one holds the lock of all writers.

    Nothing is to do on SQLite, whose transactions are one after the other. The commit does not wait for the disk: that
    of the pair's own transaction does, and cannot be there without this one.
    """
    if database.is_sqlite:
        return
    with database.writing() as session:
        execute(session, _LET_COMMIT_WAIT_FOR_NO_DISK)
        settle_scene(session, image1, image2, tenant)


def remember_scene(session: Session, fingerprint: str, scene: AssetId, tenant: str = DEFAULT_TENANT) -> None:
    """Store the fingerprint of a scene that has records, unless a stored one stands for it."""
    ((distance, _),) = _find_nearest(session, [fingerprint], tenant)
    if distance > _STANDS_FOR and _lock(session):
        ((distance, _),) = _find_nearest(session, [fingerprint], tenant)
    if distance > _STANDS_FOR:
        _store(session, fingerprint, scene, tenant)


def _fingerprints(session: Session, image1: AssetId, image2: AssetId) -> list[str]:
    """Those of both images, image1's first; one, if it stands for both."""
    rows = execute(session, _OF_IMAGES, {"images": [image1, image2]})
    found = {asset: fingerprint for asset, fingerprint in rows if fingerprint is not None}
    known = [found[asset] for asset in dict.fromkeys((image1, image2)) if asset in found]
    return known[:1] if len(known) == 2 and count_differing(*known) <= _STANDS_FOR else known


def _stored(session: Session, fingerprints: Sequence[str], tenant: str) -> list[tuple[str, AssetId]]:
    found = execute(session, _STORED, {"owner": tenant, "some": list(fingerprints)})
    return [(fingerprint, scene) for fingerprint, scene in found]


def _find_nearest(session: Session, fingerprints: Sequence[str], tenant: str) -> list[tuple[int, AssetId]]:
    """For each, differing bits and scene of the tenant's nearest one, the oldest of several; far off without any."""
    keys = list(dict.fromkeys(chain.from_iterable(map(near_keys, fingerprints))))
    values = {"owner": tenant, "keys": json.dumps(keys) if _is_sqlite(session) else keys}
    near = [tuple(row) for row in execute(session, _NEAR_IN_JSON if _is_sqlite(session) else _NEAR_IN_ARRAY, values)]
    return [_choose(fingerprint, near) for fingerprint in fingerprints]


def _choose(fingerprint: str, near: Sequence[Sequence[Any]]) -> tuple[int, AssetId]:
    found = ((count_differing(fingerprint, other), number, scene) for other, number, scene in near)
    distance, _, scene = min(found, default=(ALIKE + 1, 0, ""))
    return distance, scene


def _store(session: Session, fingerprint: str, scene: AssetId, tenant: str) -> None:
    row = {"fingerprint": fingerprint, "scene": scene, "tenant": tenant}
    number = execute(session, _ADD, row).scalar_one()
    execute(session, _ADD_BANDS, [{"key": key, "number": number} for key in band_keys(fingerprint)])


def _lock(session: Session) -> bool:
    """Let nobody else store fingerprints until this transaction ends; False on SQLite, which has one writer anyhow."""
    if _is_sqlite(session):
        return False
    execute(session, _TAKE_LOCK)
    return True


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
