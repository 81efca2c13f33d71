"""What both shells pass to httpx: address, headers, timeouts, and requests."""

from dataclasses import dataclass
from importlib.metadata import version

import httpx

from imgdiff.client.calls import Call
from imgdiff.client.retries import Retries
from imgdiff.settings import ClientSettings

CONNECT_SECONDS = 5.0  # chosen, not measured


@dataclass(frozen=True)
class Connection:
    """Address of the gateway, key of the caller, timeouts and retries."""

    url: str
    api_key: str | None
    timeout: float
    retries: Retries

    @classmethod
    def of(cls, url: str | None, api_key: str | None, timeout: float | None, retries: Retries | None) -> "Connection":
        """From the arguments, else from the settings (`IMGDIFF_URL`, `IMGDIFF_API_KEY` and so on)."""
        settings = ClientSettings()
        stored = settings.api_key.get_secret_value() if settings.api_key else None
        return cls(
            url=(url or settings.url).rstrip("/"),
            api_key=api_key or stored,
            timeout=timeout or settings.timeout_seconds,
            retries=retries or Retries(attempts=settings.attempts),
        )

    def trust_env(self) -> bool:
        """Whether httpx uses the proxies of the environment: never on loopback."""
        return httpx.URL(self.url).host not in {"127.0.0.1", "localhost", "::1"}

    def headers(self) -> dict[str, str]:
        """Headers of every request."""
        agent = {"User-Agent": f"imgdiff/{version('imgdiff')}"}
        return agent | ({"Authorization": f"Bearer {self.api_key}"} if self.api_key else {})

    def request(self, client: httpx.Client | httpx.AsyncClient, call: Call[object]) -> httpx.Request:
        """The httpx request of a call."""
        timeout = httpx.Timeout(call.read_timeout or self.timeout, connect=CONNECT_SECONDS)
        return client.build_request(
            call.method,
            call.path,
            params=call.params or None,
            headers=call.headers,
            json=call.json,
            data=call.form or None,
            files=call.parts() or None,
            timeout=timeout,
        )
