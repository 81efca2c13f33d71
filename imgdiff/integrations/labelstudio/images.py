"""Images as tasks of Label Studio name them, read from that one server, a folder, or the task itself."""

import asyncio
import base64
import binascii
import re
from pathlib import Path
from urllib.parse import quote, unquote

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
        self._url = httpx.URL() if url is None else _parse_server(url)
        self._token = AccessToken(token)
        self._folder = None if local_files is None else AllowedFolders([local_files], "local-files")
        self._http = httpx.AsyncClient(timeout=_SECONDS)

    async def read(self, task: object, value: object, field: str) -> bytes:
        """The file that a value of a task's data names; raises InvalidImage naming `field`, or ServiceUnavailable."""
        if not isinstance(value, str) or not value.strip():
            raise InvalidImage.at(f"/{field}", "image.missing", "the task's data names no image there")
        inline = _INLINE.match(value)
        if inline is not None:
            return _decode(value[inline.end() :], field)
        address = self._address(task, value, field)
        if self._folder is not None and address.path.removeprefix(self._prefix).startswith(_LOCAL_FILES):
            path = (address.params.get_list("d") or [""])[-1].lstrip("/")
            content = await asyncio.to_thread(self._folder.read, path, field, MOST_BYTES + 1)
            _check_size(content, field)
            return content
        if not self._url.host:
            raise self._refusal(value, field)
        return await self._fetch(address, field)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @property
    def _prefix(self) -> str:
        """The path under which the server is, without a slash at its end."""
        return self._url.path.rstrip("/")

    def _address(self, task: object, value: str, field: str) -> httpx.URL:
        """Where the server has the image; relative where no server is named. Raises InvalidImage for another host."""
        if value.startswith(_CLOUD):
            named = base64.urlsafe_b64encode(value.encode()).decode()
            return self._url.join(f"{self._prefix}/tasks/{quote(str(task), safe='')}/resolve/?fileuri={named}")
        try:
            given = httpx.URL(
                value
            )  # the parser that decides is the one that asks: parsers differ about odd characters
            if not given.host and not given.path.startswith(f"{self._prefix}/"):
                given = httpx.URL(self._prefix + value)
            address = self._url.join(given)
        except httpx.InvalidURL as error:
            detail = f"{value[:200]!r} is no address: {error}"
            raise InvalidImage.at(f"/{field}", "image.unreadable", detail) from error
        if _origin(address) != _origin(self._url) or not (given.host or value.startswith("/")):
            raise self._refusal(value, field)
        return address

    def _refusal(self, value: str, field: str) -> InvalidImage:
        if self._url.host:
            detail = f"{value[:200]!r} is not at {self._url}; images of other hosts are not fetched"
        else:
            detail = f"{value[:200]!r} is an address; name the Label Studio that has it with --label-studio"
        return InvalidImage.at(f"/{field}", "image.not_allowed", detail)

    async def _fetch(self, address: httpx.URL, field: str) -> bytes:
        try:
            for _ in range(_REDIRECTS + 1):
                headers = await self._token.header(self._http, str(self._url))
                async with self._http.stream("GET", address, headers=headers) as answer:
                    if not answer.is_redirect:
                        return await self._receive(answer, field)
                    address = address.join(answer.headers.get("Location", ""))
                if _origin(address) != _origin(self._url):
                    detail = (
                        f"Label Studio redirects to {address.netloc.decode()}, which is not asked; turn off "
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
            _check_size(content, field)
        return bytes(content)


def _parse_server(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise InvalidRequest.at("/label_studio", "url", f"{url!r} is no address such as http://localhost:8080")
    return parsed


def _origin(address: httpx.URL) -> tuple[str, bytes]:
    return address.scheme, address.netloc


def _check_size(content: bytes | bytearray, field: str) -> None:
    if len(content) > MOST_BYTES:
        detail = f"the file has more than {MOST_BYTES} bytes, which is the limit"
        raise InvalidImage.at(f"/{field}", "image.too_many_bytes", detail)


def _decode(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(unquote(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidImage.at(f"/{field}", "image.unreadable", f"not base64: {error}") from error
