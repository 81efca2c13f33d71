"""The names of stored images."""

import hashlib


def asset_id(data: bytes) -> str:
    """The asset id of these bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
