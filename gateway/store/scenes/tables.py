"""The tables of scenes. Nothing deletes their rows: a scene that comes back has its place in a split."""

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.tables import Row, Sequence


class FingerprintRow(Row):
    """The fingerprint of an image, and the scene that the image shows, which is one of its tenant's images."""

    __tablename__ = "fingerprints"
    __table_args__ = (UniqueConstraint("tenant", "fingerprint", name="fingerprints_tenant_fingerprint_key"),)

    number: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    scene: Mapped[str] = mapped_column(String(71))
    tenant: Mapped[str] = mapped_column(String(64), server_default="default")


class BandRow(Row):
    """One band of a fingerprint, by which near ones are found; a foreign key would cost a look-up each."""

    __tablename__ = "fingerprint_bands"
    __table_args__ = {"sqlite_with_rowid": False}

    key: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=False)
