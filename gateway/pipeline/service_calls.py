"""What is sent to a service for one stage, and what its answer means for the stage."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from imgdiff.errors import ImgdiffError, catalogue
from imgdiff.jobs import StageName
from imgdiff.problems import Problem, problem_slug

Answer = TypeVar("Answer", bound=BaseModel)
ROUTES = {StageName.EDITING: "/edit", StageName.DETECTION: "/detect", StageName.CAPTIONING: "/caption"}
_WATCH_SECONDS = 0.25
_CONNECT_SECONDS = 5.0


class Unavailable(Exception):
    """The service cannot take work now; `pause` is what it asks for, in seconds."""

    def __init__(self, why: str, pause: float | None = None) -> None:
        super().__init__(why)
        self.pause = pause


class Broken(Exception):
    """The call began and came to nothing; another try may do."""


class Refused(Exception):
    """The service will not do this, however often it is asked; `problem` says why in the client's terms."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Given(Exception):
    """The turn is over: nobody waits for the answer any more."""


@dataclass(frozen=True)
class ServiceCall:
    """One request to a service: PNG files with their part names, and the JSON part `request`."""

    name: StageName
    files: Sequence[tuple[str, bytes]]
    request: BaseModel


@dataclass(frozen=True)
class Caller:
    """Calls the services over HTTP; `wanted` is asked four times a second whether anybody still waits."""

    urls: Mapping[StageName, str]
    deadline_seconds: float
    tls: ssl.SSLContext

    def call(self, call: ServiceCall, answer: type[Answer], wanted: Callable[[], bool]) -> Answer:
        """The parsed answer; raises Unavailable, Broken, Refused or Given."""
        response = asyncio.run(self._watched(call, wanted))
        _judge(response)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise Broken(f"{call.name} gave an answer of another shape: {error.errors()[0]['loc']}") from error

    async def _watched(self, call: ServiceCall, wanted: Callable[[], bool]) -> httpx.Response:
        sending = asyncio.create_task(self._send(call))
        try:
            while not (await asyncio.wait({sending}, timeout=_WATCH_SECONDS))[0]:
                if not await asyncio.to_thread(wanted):
                    raise Given
            return sending.result()
        finally:
            sending.cancel()  # closes the connection, by which the service knows
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, call: ServiceCall) -> httpx.Response:
        files = [(name, (f"{name}.png", data, "image/png")) for name, data in call.files]
        timeout = httpx.Timeout(self.deadline_seconds, connect=_CONNECT_SECONDS)
        form = {"request": call.request.model_dump_json()}
        try:
            async with httpx.AsyncClient(timeout=timeout, verify=self.tls, trust_env=False) as http:
                url = self.urls[call.name] + ROUTES[call.name]
                async with asyncio.timeout(self.deadline_seconds):
                    return await http.post(url, data=form, files=files or None)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable(f"{call.name} cannot be reached: {error}") from error
        except TimeoutError as error:
            raise Broken(f"{call.name} gave no answer within {self.deadline_seconds:g} s") from error
        except httpx.HTTPError as error:
            raise Broken(f"the connection to {call.name} broke: {type(error).__name__}") from error


def _judge(response: httpx.Response) -> None:
    """Nothing for a success, else what it means."""
    if response.is_success:
        return
    problem = _problem(response)
    if response.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS}:
        raise Unavailable(problem.detail, _seconds(response.headers.get("retry-after")))
    if response.is_client_error and response.status_code != httpx.codes.REQUEST_TIMEOUT:
        raise Refused(problem)
    raise Broken(problem.detail)


def _problem(response: httpx.Response) -> Problem:
    """The problem in the client's terms: what the service calls /request/target is the client's /target."""
    try:
        said = Problem.model_validate_json(response.content)
    except ValidationError:
        return ImgdiffError(f"the service answered {response.status_code}").problem()
    if problem_slug(said.type) not in catalogue():
        return ImgdiffError(f"the service answered {response.status_code}: {said.detail}").problem()
    items = tuple(
        item.model_copy(update={"pointer": item.pointer.removeprefix("/request") or "/"}) for item in said.errors
    )
    detail = said.detail.replace("/request/", "/")
    return said.model_copy(update={"errors": items, "detail": detail, "instance": None})


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
