"""A model behind any server with OpenAI's /chat/completions."""

import asyncio
import random
import re
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from imgdiff.errors import InvalidRequest, ServiceUnavailable, retry_after
from imgdiff.evaluation.answers import Answer
from imgdiff.evaluation.pictures import read_data_uris
from imgdiff.evaluation.samples import Sample

_BUSY = frozenset({408, 409, 425, 429})  # and every 5xx
_NOT_ALLOWED = frozenset({401, 403, 404})  # no sample can succeed: wrong key, model or path
_ATTEMPTS = 4  # at one request; chosen, not measured
_FIRST_PAUSE = 0.5  # seconds, doubled for every further attempt; chosen, not measured
_LONGEST_PAUSE = 60.0  # seconds that a server may ask for; chosen, not measured
CONNECTIONS = 256  # most requests under way; chosen, not measured
_MAX_TOKENS = 256  # of an answer; chosen, not measured
_THOUGHTS = re.compile(r"\A(?:.*</think>|\s*<think>.*)", re.DOTALL)  # also those that the last token cut off
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})  # reached without the environment's proxy


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]


class ChatModel:
    """Asks for the likeliest answer (temperature 0). `joined` shows two images as one, for models that take only one.

    `url` is the base of the API, such as http://127.0.0.1:8001/v1.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        key: SecretStr | None = None,
        joined: bool = False,
        timeout_seconds: float = 120.0,
        max_tokens: int = _MAX_TOKENS,
        first_pause: float = _FIRST_PAUSE,
    ) -> None:
        self.name = name
        self._url = f"{_check(url).rstrip('/')}/chat/completions"
        self._joined, self._max_tokens, self._first_pause = joined, max_tokens, first_pause
        headers = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
        proxied = httpx.URL(url).host not in _LOCAL
        limits = httpx.Limits(max_connections=CONNECTIONS)
        self._http = httpx.AsyncClient(headers=headers, timeout=timeout_seconds, trust_env=proxied, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._http.aclose()

    async def answer(self, sample: Sample) -> Answer:
        """The answer without thoughts; raises ServiceUnavailable, InvalidImage, or InvalidRequest if all would fail."""
        uris = await asyncio.to_thread(read_data_uris, sample.images, joined=self._joined)
        completion = await self._post(self._body(sample.prompt, uris))
        choice = completion.choices[0]
        written = choice.message.content or ""
        if choice.message.refusal or choice.finish_reason == "content_filter":
            return Answer(id=sample.id, text=choice.message.refusal or written, fault="refused")
        return Answer(id=sample.id, text=_THOUGHTS.sub("", written).strip())

    def _body(self, prompt: str, uris: Sequence[str]) -> dict[str, object]:
        shown = [{"type": "image_url", "image_url": {"url": uri}} for uri in uris]
        message = {"role": "user", "content": [*shown, {"type": "text", "text": prompt}]}
        return {"model": self.name, "messages": [message], "max_tokens": self._max_tokens, "temperature": 0}

    async def _post(self, body: dict[str, object]) -> _Completion:
        for attempt in range(_ATTEMPTS):
            try:
                response = await self._http.post(self._url, json=body)
            except httpx.TransportError as error:
                failure, wait = f"cannot be reached: {type(error).__name__}", None
            else:
                if response.is_success:
                    return _read(response.content)
                failure, wait = f"answered {response.status_code}", retry_after(response.headers)
                if response.status_code in _NOT_ALLOWED:
                    raise InvalidRequest(
                        f"{self._url} answered {response.status_code}; check --server, --model and the key"
                    )
                if response.status_code not in _BUSY and not response.is_server_error:
                    break  # this request is refused, and would be again
            if attempt + 1 < _ATTEMPTS:
                await asyncio.sleep(self._pause(attempt, wait))
        raise ServiceUnavailable(f"{self._url} {failure}")

    def _pause(self, attempt: int, wait: float | None) -> float:
        grown = self._first_pause * 2**attempt * random.uniform(0.75, 1.25)  # noqa: S311  jitter is no secret
        return min(_LONGEST_PAUSE, grown if wait is None else wait)


def _check(url: str) -> str:
    try:
        usable = httpx.URL(url).scheme in {"http", "https"} and bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        usable = False
    if not usable:
        raise InvalidRequest(f"--server is no http address: {url!r}; it is the API's base, such as http://HOST:8001/v1")
    return url


def _read(body: bytes) -> _Completion:
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        raise ServiceUnavailable("the model's server sent no chat completion") from error
    if not completion.choices:
        raise ServiceUnavailable("the model's server sent a completion without choices")
    return completion
