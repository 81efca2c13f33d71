"""Images as tasks of Label Studio name them, read from that one server, a folder, or the task itself."""

import base64
import binascii
import re
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

import httpx

from imgdiff.errors import InvalidImage, InvalidRequest, ServiceUnavailable
from imgdiff.integrations.folders import AllowedFolders
from imgdiff.integrations.labelstudio.tokens import AccessToken

MOST_BYTES = 32 * 2**20  # of an image, as gateways accept by default
_SECONDS = 30.0  # for an image to arrive; chosen, not measured
_REDIRECTS = 3  # within Label Studio; chosen, not measured
_INLINE = re.compile(r"\s*data:[^,]*;base64,", re.IGNORECASE)  # RFC 2397
_CLOUD = ("s3:", "gs:", "azure-blob:")  # as Label Studio's own storages begin
_LOCAL_FILES = "/data/local-files"


class TaskImages:
    """Reads what tasks name. No other host than that of `url` is ever asked, and nothing outside `local_files` read.

    `token` is a personal access token or a legacy one. Raises InvalidRequest for an address that is none, or a folder
    that does not exist.
    """

    def __init__(self, url: str | None = None, token: str | None = None, local_files: Path | None = None) -> None:
        self._url = None if url is None else url.rstrip("/")
        if self._url is not None and not (
            urlsplit(self._url).scheme in {"http", "https"} and urlsplit(self._url).netloc
        ):
            raise InvalidRequest.at("/label_studio", "url", f"{url!r} is no address such as http://localhost:8080")
        self._token = AccessToken(token)
        self._folder = None if local_files is None else AllowedFolders([local_files])
        self._http = httpx.AsyncClient(timeout=_SECONDS)

    async def read(self, task: object, value: object, field: str) -> bytes:
        """The file that a value of a task's data names; raises InvalidImage naming `field`, or ServiceUnavailable."""
        if not isinstance(value, str) or not value.strip():
            raise InvalidImage.at(f"/{field}", "image.missing", "the task's data names no image there")
        inline = _INLINE.match(value)
        if inline is not None:
            return _decode(value[inline.end() :], field)
        parts = urlsplit(value)
        if parts.path.startswith(_LOCAL_FILES) and self._folder is not None and self._is_own(value):
            path = (parse_qs(parts.query).get("d") or [""])[-1]
            return self._folder.read(path.lstrip("/"), field)
        return await self._fetch(self._address(task, value, field), field)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _is_own(self, value: str) -> bool:
        """Whether an address is relative, or one of the server's."""
        relative = value.startswith("/") and not value.startswith("//")
        return relative or (self._url is not None and _origin(value) == _origin(self._url))

    def _address(self, task: object, value: str, field: str) -> str:
        if self._url is None:
            detail = f"{value[:200]!r} is an address; name the Label Studio that has it with --label-studio"
            raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
        if value.startswith(_CLOUD):
            named = base64.urlsafe_b64encode(value.encode()).decode()
            return f"{self._url}/tasks/{quote(str(task), safe='')}/resolve/?fileuri={named}"
        if not self._is_own(value):
            detail = f"{value[:200]!r} is not at {self._url}; images of other hosts are not fetched"
            raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
        prefix = urlsplit(self._url).path
        return urljoin(self._url, value) if value.startswith((f"{prefix}/", "http")) else self._url + value

    async def _fetch(self, address: str, field: str) -> bytes:
        try:
            for _ in range(_REDIRECTS + 1):
                async with self._http.stream(
                    "GET", address, headers=await self._token.header(self._http, self._url)
                ) as answer:
                    if not answer.is_redirect:
                        return await self._receive(answer, field)
                    address = urljoin(address, answer.headers.get("Location", ""))
                if _origin(address) != _origin(str(self._url)):
                    detail = (
                        f"Label Studio redirects to {urlsplit(address).netloc}, which is not asked; turn off "
                        "pre-signed URLs of the storage, so that Label Studio sends the image itself"
                    )
                    raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnavailable(f"Label Studio at {self._url} does not answer: {error}") from error
        raise InvalidImage.at(f"/{field}", "image.unreadable", f"Label Studio redirects more than {_REDIRECTS} times")

    async def _receive(self, answer: httpx.Response, field: str) -> bytes:
        if answer.status_code in {401, 403}:
            detail = (
                f"Label Studio answers {answer.status_code} for the image; give a valid token in LABEL_STUDIO_API_KEY"
            )
            raise InvalidImage.at(f"/{field}", "image.not_allowed", detail)
        if answer.is_error:
            detail = f"Label Studio answers {answer.status_code} for the image"
            raise InvalidImage.at(f"/{field}", "image.unreadable", detail)
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > MOST_BYTES:
                detail = f"the file has more than {MOST_BYTES} bytes, which is the limit"
                raise InvalidImage.at(f"/{field}", "image.too_many_bytes", detail)
        return bytes(content)


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()


def _decode(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(unquote(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidImage.at(f"/{field}", "image.unreadable", f"not base64: {error}") from error
