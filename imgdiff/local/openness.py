"""Who can reach the gateway of a local set, and whether it asks them for a key."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import httpx

from imgdiff.errors import Unauthorized
from imgdiff.local.layout import Layout
from imgdiff.local.ports import is_loopback

_KEY = "IMGDIFF_GATEWAY_BOOTSTRAP_KEY"
INSECURE = "IMGDIFF_GATEWAY_INSECURE"
_HOSTS = "IMGDIFF_GATEWAY_ALLOWED_HOSTS"


def require_keys(layout: Layout, host: str) -> None:
    """Raises Unauthorized where other machines could reach a gateway that asks nobody for a key."""
    if is_loopback(host) or _KEY in os.environ or has_keys(layout):
        return
    raise Unauthorized(
        f"other machines can reach {host}, and there is no API key: everybody there could read and change everything. "
        f"Make a key with `imgdiff keys create --name NAME --data {layout.root}`, stay on 127.0.0.1, or, if something "
        "else keeps strangers out, start with --insecure."
    )


def has_keys(layout: Layout) -> bool:
    """Whether the database has an API key that was not revoked; asked of the gateway's own command."""
    if not layout.database.exists():
        return False
    command = [sys.executable, "-P", "-m", "gateway.access", "list", "--json", "--data", str(layout.root)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    if listed.returncode != 0:
        return False
    return any(key["revoked_at"] is None for key in json.loads(listed.stdout)["keys"])


def asks_nobody(url: str) -> bool:
    """Whether a gateway answers a stranger."""
    return httpx.get(f"{url}/v1/datasets", params={"page_size": 1}, trust_env=False).is_success


def allowed_hosts(names: Sequence[str]) -> dict[str, str]:
    """The setting with the names under which clients reach the gateway, beside those of the environment."""
    return {_HOSTS: json.dumps([*json.loads(os.environ.get(_HOSTS, "[]")), *names])}
