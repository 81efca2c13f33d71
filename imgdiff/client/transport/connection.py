"""What both clients share: address, key, timeouts, retries, and the requests that they build."""

import ssl
from functools import cache
from importlib.metadata import version
from typing import Generic, TypeVar

import httpx

from imgdiff.client.calls import Call
from imgdiff.client.settings import ClientSettings
from imgdiff.client.transport.retries import Retries
from imgdiff.datasets import DatasetPage, DonorPage, Pruned, RecordPage, ReviewPage, VersionPage
from imgdiff.jobs import DeadLetterPage, JobPage
from imgdiff.webhooks.documents import DeliveryPage, WebhookPage

CONNECT_SECONDS = 5.0  # chosen, not measured

Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)
Page = TypeVar(
    "Page",
    DatasetPage,
    DeadLetterPage,
    DeliveryPage,
    DonorPage,
    JobPage,
    Pruned,
    RecordPage,
    ReviewPage,
    VersionPage,
    WebhookPage,
)


@cache
def _load_certificates(trust_env: bool) -> ssl.SSLContext:
    """As httpx does for every client, which takes 40 ms each."""
    return httpx.create_ssl_context(trust_env=trust_env)


class Connection(Generic[Http]):
    """The connection to one gateway; the settings (`IMGDIFF_URL`, `IMGDIFF_API_KEY` ...) give what no argument does."""

    _open: type[Http]

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        timeout: float | None = None,
        retries: Retries | None = None,
    ) -> None:
        settings = ClientSettings()
        stored = settings.api_key.get_secret_value() if settings.api_key else None
        key = api_key or stored
        self.url = (url or settings.url).rstrip("/")
        self._timeout = timeout or settings.timeout_seconds
        self._retries = retries or Retries(attempts=settings.attempts)
        headers = {"User-Agent": f"imgdiff/{version('imgdiff')}"} | ({"Authorization": f"Bearer {key}"} if key else {})
        proxied = httpx.URL(self.url).host not in {"127.0.0.1", "localhost", "::1"}
        self._http: Http = self._open(
            base_url=self.url, headers=headers, trust_env=proxied, verify=_load_certificates(proxied)
        )

    def _request(self, call: Call[object]) -> httpx.Request:
        return self._http.build_request(
            call.method,
            call.path,
            params=call.params or None,
            headers=call.headers,
            json=call.json,
            content=call.content,
            data=call.form or None,
            files=call.parts() or None,
            timeout=httpx.Timeout(call.read_timeout or self._timeout, connect=CONNECT_SECONDS),
        )
