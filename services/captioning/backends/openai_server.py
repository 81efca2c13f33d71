"""Backend `openai`: any server that speaks OpenAI's /chat/completions (vLLM, llama.cpp, a provider), over HTTP."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from imgdiff.errors import ImgdiffError, ServiceUnavailable
from imgdiff.records import ModelUse
from services.captioning.backends.data_urls import DataUrls
from services.captioning.backends.patience import Deadline, Unavailable, ask_again, seconds_of
from services.captioning.writing import MALFORMED, REFUSED, SCHEMAS, TOO_LONG, Prompt, Written

_log = logging.getLogger(__name__)
_MOST_BYTES = 2**20  # of one answer
_BUSY = frozenset({408, 409, 425, 429})  # and every 5xx
_NO_SCHEMA = frozenset({400, 415, 422})  # what servers say to a response_format that they do not know
_AS_JSON = ' Answer as JSON: {"caption": "..."}.'


@dataclass(frozen=True)
class Server:
    """Where the model is, how it is asked, and what its tokens cost."""

    url: str
    model: str
    key: SecretStr | None = None
    images: Literal["png", "jpeg"] = "jpeg"
    longest_side: int = 1536
    at_once: int = 8
    deadline_seconds: float = 60.0
    price_prompt: float = 0.0
    price_completion: float = 0.0


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAiWriter:
    """Writes by a server; `spent` is told the tokens of every answer that was paid for, and their cost.

    A prompt is tried until the deadline, later and later, as the server asks. Once one prompt has waited in vain the
    others of the same call do not begin to: a server that is down costs one deadline, not one for each region.
    """

    def __init__(self, server: Server, spent: Callable[[int, int, float], None]) -> None:
        self._server = server
        self._spent = spent
        self._enforces = True  # until the server refuses a schema and takes the same prompt without one
        self._bearer = {} if server.key is None else {"Authorization": f"Bearer {server.key.get_secret_value()}"}
        self._client = httpx.Client(limits=httpx.Limits(max_connections=server.at_once))
        self._pool = ThreadPoolExecutor(server.at_once, thread_name_prefix="ask")
        self.models = (
            ModelUse(stage="captioning", name=server.model, version="unknown", sha256="unknown", licence="NOASSERTION"),
        )

    def warm_up(self) -> None:
        """Nothing: the server may come up after us, and a question costs money."""

    def close(self) -> None:
        """Close the connections and end the threads."""
        self._pool.shutdown()
        self._client.close()

    def write(self, prompts: Sequence[Prompt]) -> list[Written | ImgdiffError]:
        """See `Writer`."""
        urls, given_up = DataUrls(self._server.images, self._server.longest_side), threading.Event()
        return list(self._pool.map(lambda prompt: self._one(prompt, urls, given_up), prompts))

    def _one(self, prompt: Prompt, urls: DataUrls, given_up: threading.Event) -> Written | ImgdiffError:
        deadline = Deadline(self._server.deadline_seconds, given_up)
        try:
            images = [urls.of(image) for image in prompt.images]
            written = ask_again(deadline, lambda: self._ask(prompt, images, deadline))
        except Unavailable as error:
            if not error.one:
                given_up.set()
            return ServiceUnavailable(str(error), retry_after=error.retry_after)
        except ImgdiffError as error:
            return error
        self._count(written)
        return written

    def _ask(self, prompt: Prompt, images: Sequence[str], deadline: Deadline) -> Written:
        enforced = prompt.schema if self._enforces else None
        status, body, wait = self._post(_body(self._server.model, prompt, images, enforced), deadline)
        if enforced is not None and status in _NO_SCHEMA:
            enforced = None
            status, body, wait = self._post(_body(self._server.model, prompt, images, None), deadline)
            if status == httpx.codes.OK:
                _log.warning("the language model's server takes no response_format; going on without")
                self._enforces = False
        if status in _BUSY or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            alone = status == httpx.codes.INTERNAL_SERVER_ERROR
            raise Unavailable(f"the language model's server answered {status}", wait, one=alone)
        if status != httpx.codes.OK:  # never its text: it may repeat the key, or the client's picture
            raise ImgdiffError(f"the language model's server refused the question with {status}")
        return _written(body, enforced)

    def _post(self, body: dict[str, object], deadline: Deadline) -> tuple[int, bytes, float | None]:
        """Status, body and the pause that was asked for; raises Unavailable when the server cannot be reached.

        The body is read piece by piece, so that a server that drips cannot outlast the deadline.
        """
        url = f"{self._server.url.rstrip('/')}/chat/completions"
        timeout = httpx.Timeout(deadline.left())
        try:
            with self._client.stream("POST", url, json=body, headers=self._bearer, timeout=timeout) as response:
                read = bytearray()
                for piece in response.iter_bytes():
                    read += piece
                    if len(read) > _MOST_BYTES or deadline.over:
                        raise Unavailable("the language model's server does not come to an end")
                return response.status_code, bytes(read), seconds_of(response.headers.get("retry-after"))
        except httpx.HTTPError as error:
            raise Unavailable(f"the language model's server cannot be asked: {type(error).__name__}") from error

    def _count(self, written: Written) -> None:
        prompt, completion, server = written.prompt_tokens, written.completion_tokens, self._server
        cost = (prompt * server.price_prompt + completion * server.price_completion) / 1e6
        self._spent(prompt, completion, cost)


def _body(model: str, prompt: Prompt, images: Sequence[str], schema: str | None) -> dict[str, object]:
    text = prompt.instruction if schema is None else prompt.instruction + _AS_JSON
    content = [{"type": "image_url", "image_url": {"url": url}} for url in images]
    body: dict[str, object] = {
        "model": model,
        "messages": [{"role": "user", "content": [*content, {"type": "text", "text": text}]}],
        "max_tokens": prompt.max_new_tokens,
        "temperature": 0,
    }
    if schema is not None:
        form = {"name": schema, "strict": True, "schema": SCHEMAS[schema]}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body


def _written(body: bytes, schema: str | None) -> Written:
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        return Written("", MALFORMED)
    usage = completion.usage or _Usage()
    tokens = (usage.prompt_tokens, usage.completion_tokens)
    if not completion.choices:
        return Written("", MALFORMED, *tokens)
    choice = completion.choices[0]
    text = choice.message.content or ""
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return Written(choice.message.refusal or text, REFUSED, *tokens)
    if choice.finish_reason == "length":
        return Written(text, TOO_LONG, *tokens)
    if schema is None or not text:
        return Written(text, None, *tokens)
    return _caption_of(text, tokens)


def _caption_of(text: str, tokens: tuple[int, int]) -> Written:
    try:
        caption = json.loads(text)["caption"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Written(text, MALFORMED, *tokens)
    return Written(caption, None, *tokens) if isinstance(caption, str) else Written(text, MALFORMED, *tokens)
