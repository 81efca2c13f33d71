"""Tokens of Label Studio: a legacy one is sent as it is, a personal one is exchanged for access tokens that expire."""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from imgdiff.errors import ServiceUnavailable

_MARGIN = 30.0  # seconds before the end of an access token in which a new one is asked for; chosen, not measured


class AccessToken:
    """The header that authorises requests to one server; without a token there is none."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._access: str | None = None

    async def header(self, http: httpx.AsyncClient, url: str) -> Mapping[str, str]:
        """Raises ServiceUnavailable where the server refuses a personal token."""
        if self._token is None:
            return {}
        if _claims(self._token).get("token_type") != "refresh":
            return {"Authorization": f"Token {self._token}"}
        if self._access is None or _claims(self._access).get("exp", 0) < time.time() + _MARGIN:
            answer = await http.post(f"{url}/api/token/refresh/", json={"refresh": self._token})
            if not answer.is_success:
                detail = f"Label Studio refuses the token ({answer.status_code}); create a new one in its account page"
                raise ServiceUnavailable(detail)
            self._access = str(answer.json()["access"])
        return {"Authorization": f"Bearer {self._access}"}


def _claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token states, unverified; nothing of another token."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}
