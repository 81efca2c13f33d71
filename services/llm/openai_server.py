"""Client of any server with OpenAI's /chat/completions (vLLM, llama.cpp, a provider), over HTTP with retries."""

import logging
import math
import ssl
import threading
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from imgdiff.errors import ImgdiffError, ServiceUnavailable, retry_after
from imgdiff.records import ModelUse
from services.llm.chat import Answer, Fault, Form, Question
from services.llm.retries import FIRST_PAUSE, Deadline, Unanswered, ask_with_retries
from services.llm.thoughts import read_answer

_log = logging.getLogger(__name__)
_MOST_BYTES = 2**20  # of one answer; chosen, not measured
_BUSY = frozenset({408, 409, 425, 429})  # and every 5xx
_REFUSED = frozenset({400, 415, 422})  # how servers refuse a field that they do not support
_OPTIONAL = ("response_format", "chat_template_kwargs", "logprobs")  # in the order in which they are given up


@dataclass(frozen=True)
class Server:
    """The address of a model, how many questions it gets at once and for how long, and what a million tokens cost.

    Unless `thinks`, the server is asked to turn thinking off, in the way of vLLM, SGLang and llama.cpp.
    """

    url: str
    model: str
    key: SecretStr | None = None
    at_once: int = 8
    deadline_seconds: float = 60.0
    price_prompt: float = 0.0
    price_completion: float = 0.0
    first_pause_seconds: float = FIRST_PAUSE
    thinks: bool = False

    def use(self, stage: str) -> ModelUse:
        """How provenance names the model; the weights of a server are unknown."""
        return ModelUse(stage=stage, name=self.model, version="unknown", sha256="unknown", licence="NOASSERTION")


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None
    reasoning: str | None = None  # of vLLM with a reasoning parser
    reasoning_content: str | None = None  # the same in other and older servers


class _Token(BaseModel):
    token: str
    logprob: float


class _Place(BaseModel):
    top_logprobs: list[_Token] = []


class _Logprobs(BaseModel):
    content: list[_Place] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


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
        self._refused: frozenset[str] = frozenset()  # optional fields without which the server takes a question
        self._bearer = {} if server.key is None else {"Authorization": f"Bearer {server.key.get_secret_value()}"}
        self._client = httpx.Client(verify=_load_certificates(), limits=httpx.Limits(max_connections=server.at_once))
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
        """A question that is refused is sent again without the optional field that the server does not support."""
        refused = self._refused
        while True:
            body = _body(self._server, question, images, refused)
            status, answer, wait = self._post(body, deadline)
            field = _find_refused(body, answer) if status in _REFUSED else None
            if field is None:
                break
            refused |= {field}
        if status in _BUSY or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            alone = status == httpx.codes.INTERNAL_SERVER_ERROR
            raise Unanswered(f"the language model's server answered {status}", wait, one=alone)
        if status != httpx.codes.OK:  # never its text, which may repeat the key or the client's picture
            raise ImgdiffError(f"the language model's server refused the question with {status}")
        if unknown := refused - self._refused:
            _log.warning("the language model's server supports no %s; continuing without", ", ".join(sorted(unknown)))
            self._refused |= refused
        return _answer(answer, question.form if "response_format" in body else None)

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


def _body(server: Server, question: Question, images: Sequence[str], refused: Container[str]) -> dict[str, object]:
    form = None if "response_format" in refused else question.form
    text = question.text if form is None else f"{question.text} {form.hint}"
    shown = [{"type": "image_url", "image_url": {"url": url}} for url in images]
    content = [*shown, {"type": "text", "text": text}] if shown else text  # text models may accept no parts
    body: dict[str, object] = {
        "model": server.model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": question.max_new_tokens,
        "temperature": question.temperature,
    }
    if question.seed is not None:
        body["seed"] = question.seed
    if not server.thinks and "chat_template_kwargs" not in refused:
        body["chat_template_kwargs"] = {"enable_thinking": False}
    if question.likeliest and "logprobs" not in refused:
        body |= {"logprobs": True, "top_logprobs": question.likeliest}
    if form is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": form.name, "strict": True, "schema": form.schema},
        }
    return body


def _find_refused(body: Mapping[str, object], refusal: bytes) -> str | None:
    """The optional field that a refusal names, else the next one to try without; null where none is left."""
    sent = [field for field in _OPTIONAL if field in body]
    named = [field for field in sent if field.encode() in refusal]
    return next(iter(named or sent), None)


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
    text, fault = _read_text(choice)
    likeliest = _read_likeliest(choice.logprobs)
    if form is None or fault is not None or not text:
        return Answer(text, fault, *tokens, likeliest=likeliest)
    fields = form.read(text)
    return Answer(text, "malformed" if fields is None else None, *tokens, fields, likeliest)


def _read_text(choice: _Choice) -> tuple[str, Fault | None]:
    """The text without thoughts, and what is wrong with it."""
    message, written = choice.message, choice.message.content or ""
    if message.refusal or choice.finish_reason == "content_filter":
        return message.refusal or written, "refused"
    text = read_answer(written)
    if text is None or (not text and (message.reasoning or message.reasoning_content)):
        return written, "no_answer"
    return text, "too_long" if choice.finish_reason == "length" else None


def _read_likeliest(logprobs: _Logprobs | None) -> dict[str, float]:
    """The tokens that may begin the answer, with their probabilities."""
    if logprobs is None or not logprobs.content:
        return {}
    return {one.token: math.exp(min(0.0, one.logprob)) for one in logprobs.content[0].top_logprobs}


@cache
def _load_certificates() -> ssl.SSLContext:
    """Once for all servers of a process, since it takes 40 ms."""
    return httpx.create_ssl_context()
