"""Client of any server with OpenAI's /chat/completions (vLLM, llama.cpp, a provider), over HTTP with retries."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from imgdiff.errors import ImgdiffError, ServiceUnavailable, retry_after
from imgdiff.records import ModelUse
from services.llm.chat import Answer, Form, Question
from services.llm.retries import FIRST_PAUSE, Deadline, Unanswered, ask_with_retries

_log = logging.getLogger(__name__)
_MOST_BYTES = 2**20  # of one answer; chosen, not measured
_BUSY = frozenset({408, 409, 425, 429})  # and every 5xx
_NO_SCHEMA = frozenset({400, 415, 422})  # how servers refuse a response_format that they do not support


@dataclass(frozen=True)
class Server:
    """The address of a model, how many questions it gets at once and for how long, and what a million tokens cost."""

    url: str
    model: str
    key: SecretStr | None = None
    at_once: int = 8
    deadline_seconds: float = 60.0
    price_prompt: float = 0.0
    price_completion: float = 0.0
    first_pause_seconds: float = FIRST_PAUSE

    def use(self, stage: str) -> ModelUse:
        """How provenance names the model; the weights of a server are unknown."""
        return ModelUse(stage=stage, name=self.model, version="unknown", sha256="unknown", licence="NOASSERTION")


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


class OpenAiClient:
    """Asks a server; `spent` gets prompt tokens, completion tokens and cost of every answer.

    A question is sent until the deadline, with growing pauses or those that the server asks for. Once one question has
    waited in vain, the others of the call are abandoned: a server that is down costs one deadline, not one a question.
    """

    def __init__(self, server: Server, spent: Callable[[int, int, float], None], *, stage: str) -> None:
        self.models = (server.use(stage),)
        self._server = server
        self._spent = spent
        self._enforces = True  # until the server refuses a schema and takes the same question without one
        self._bearer = {} if server.key is None else {"Authorization": f"Bearer {server.key.get_secret_value()}"}
        self._client = httpx.Client(limits=httpx.Limits(max_connections=server.at_once))
        self._pool = ThreadPoolExecutor(server.at_once, thread_name_prefix="ask")

    def close(self) -> None:
        """Close the connections and stop the threads."""
        self._pool.shutdown()
        self._client.close()

    def ask(self, questions: Sequence[Question]) -> list[Answer | ImgdiffError]:
        """One answer or error for each question, in order; ServiceUnavailable where a later attempt may succeed."""
        given_up = threading.Event()
        return list(self._pool.map(lambda question: self._answer_one(question, given_up), questions))

    def _answer_one(self, question: Question, given_up: threading.Event) -> Answer | ImgdiffError:
        deadline = Deadline(self._server.deadline_seconds, given_up)
        try:
            images = question.images()
            answer = ask_with_retries(
                deadline, lambda: self._ask(question, images, deadline), self._server.first_pause_seconds
            )
        except Unanswered as error:
            if not error.one:
                given_up.set()
            return ServiceUnavailable(str(error), retry_after=error.retry_after)
        except ImgdiffError as error:
            return error
        self._count(answer)
        return answer

    def _ask(self, question: Question, images: Sequence[str], deadline: Deadline) -> Answer:
        enforced = question.form if self._enforces else None
        status, body, wait = self._post(_body(self._server.model, question, images, enforced), deadline)
        if enforced is not None and status in _NO_SCHEMA:
            enforced = None
            status, body, wait = self._post(_body(self._server.model, question, images, None), deadline)
            if status == httpx.codes.OK:
                _log.warning("the language model's server supports no response_format; continuing without")
                self._enforces = False
        if status in _BUSY or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            alone = status == httpx.codes.INTERNAL_SERVER_ERROR
            raise Unanswered(f"the language model's server answered {status}", wait, one=alone)
        if status != httpx.codes.OK:  # never its text, which may repeat the key or the client's picture
            raise ImgdiffError(f"the language model's server refused the question with {status}")
        return _answer(body, enforced)

    def _post(self, body: dict[str, object], deadline: Deadline) -> tuple[int, bytes, float | None]:
        """Status, body and the pause that the server asks for; raises Unanswered when it cannot be reached.

        The body is read in pieces, so that a slow server cannot outlast the deadline.
        """
        url = f"{self._server.url.rstrip('/')}/chat/completions"
        timeout = httpx.Timeout(deadline.remaining())
        try:
            with self._client.stream("POST", url, json=body, headers=self._bearer, timeout=timeout) as response:
                read = bytearray()
                for piece in response.iter_bytes():
                    read += piece
                    if len(read) > _MOST_BYTES or deadline.over:
                        raise Unanswered("the language model's server sends no end")
                return response.status_code, bytes(read), retry_after(response.headers)
        except httpx.HTTPError as error:
            raise Unanswered(f"the language model's server cannot be reached: {type(error).__name__}") from error

    def _count(self, answer: Answer) -> None:
        prompt, completion, server = answer.prompt_tokens, answer.completion_tokens, self._server
        cost = (prompt * server.price_prompt + completion * server.price_completion) / 1e6
        self._spent(prompt, completion, cost)


def check_address(url: str, setting: str) -> None:
    """Raises ValueError naming the setting where the URL is no http address."""
    try:
        usable = httpx.URL(url).scheme in {"http", "https"} and bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        usable = False
    if not usable:
        raise ValueError(f"{setting} is no http address: {url!r}")


def _body(model: str, question: Question, images: Sequence[str], form: Form | None) -> dict[str, object]:
    text = question.text if form is None else f"{question.text} {form.hint}"
    shown = [{"type": "image_url", "image_url": {"url": url}} for url in images]
    content = [*shown, {"type": "text", "text": text}] if shown else text  # text models may accept no parts
    body: dict[str, object] = {
        "model": model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": question.max_new_tokens,
        "temperature": question.temperature,
    }
    if question.seed is not None:
        body["seed"] = question.seed
    if form is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": form.name, "strict": True, "schema": form.schema},
        }
    return body


def _answer(body: bytes, form: Form | None) -> Answer:
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        return Answer("", "malformed")
    usage = completion.usage or _Usage()
    tokens = (usage.prompt_tokens, usage.completion_tokens)
    if not completion.choices:
        return Answer("", "malformed", *tokens)
    choice = completion.choices[0]
    text = choice.message.content or ""
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return Answer(choice.message.refusal or text, "refused", *tokens)
    if choice.finish_reason == "length":
        return Answer(text, "too_long", *tokens)
    if form is None or not text:
        return Answer(text, None, *tokens)
    fields = form.read(text)
    return Answer(text, "malformed" if fields is None else None, *tokens, fields)
