"""The headers of Standard Webhooks (https://www.standardwebhooks.com), by which a receiver knows who sent a body."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from imgdiff import __version__
from imgdiff.cloudevents.documents import EVENT_MEDIA_TYPE

_PREFIX = "whsec_"


def sign(delivery: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of one attempt: the body is signed with each of the secrets, of which a receiver needs one."""
    stamp = str(int(at.timestamp()))
    signed = f"{delivery}.{stamp}.".encode() + body
    return {
        "Content-Type": EVENT_MEDIA_TYPE,
        "User-Agent": f"imgdiff/{__version__}",
        "Webhook-Id": delivery,
        "Webhook-Timestamp": stamp,
        "Webhook-Signature": " ".join(f"v1,{_digest(secret, signed)}" for secret in secrets),
    }


def _digest(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
