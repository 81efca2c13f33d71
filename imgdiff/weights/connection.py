"""The HTTP client that weights are fetched with: it trusts and passes through what the user's other tools do."""

import os
import ssl
from http import HTTPStatus
from pathlib import Path

import httpx

from imgdiff.errors import WeightsUnavailable
from imgdiff.weights.pip_options import option
from imgdiff.weights.settings import ModelSettings

BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PERMANENT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def open_client(settings: ModelSettings) -> httpx.Client:
    """A client with the user's certificates and proxy; proxies of the environment count where pip names none."""
    return httpx.Client(
        verify=_trusted(), proxy=option("proxy"), follow_redirects=True, timeout=settings.fetch_timeout_seconds
    )


def _trusted() -> ssl.SSLContext:
    """The authorities of certifi, of the system and of every bundle that the user names.

    More trust than any one of them costs nothing here: each download has a digest in the manifest.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # of Python 3.13; many corporate certificates do not satisfy it
    named = {name: os.environ[name] for name in BUNDLES if os.environ.get(name)}
    if cert := option("cert"):
        named["PIP_CERT"] = cert
    for name, bundle in named.items():
        try:
            if Path(bundle).is_dir():
                context.load_verify_locations(capath=bundle)
            else:
                context.load_verify_locations(cafile=bundle)
        except OSError as error:  # ssl.SSLError is one
            raise WeightsUnavailable(f"{name} names {bundle}, which cannot be read as certificates: {error}") from error
    return context


def require_success(response: httpx.Response) -> None:
    """Raises WeightsUnavailable for what another attempt will not change, OSError for what it may."""
    if response.is_success:
        return
    if response.status_code in _PERMANENT:
        raise WeightsUnavailable(f"{response.url.path} was answered with {response.status_code}")
    raise OSError(f"the server answered with {response.status_code}")


def is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate that nobody vouches for is behind the error."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
