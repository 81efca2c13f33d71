"""Call a service for one stage, and classify its answer."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from imgdiff.errors import ImgdiffError, InvalidRequest, catalogue, retry_after
from imgdiff.jobs import StageName
from imgdiff.problems import Problem, problem_slug
from imgdiff.requests.values import parse_json

Answer = TypeVar("Answer", bound=BaseModel)
_WATCH_SECONDS = 0.25  # between two checks whether the answer is still wanted; chosen, not measured
_CONNECT_SECONDS = 5.0  # for the TCP connection and TLS; chosen, not measured


class Unavailable(Exception):
    """The service cannot take work now; `pause` is its Retry-After in seconds, if it sent one."""

    def __init__(self, why: str, pause: float | None = None) -> None:
        super().__init__(why)
        self.pause = pause


class CallFailed(Exception):
    """The call failed; another attempt may succeed."""


class BrokeDown(Exception):
    """The service died or hung during the call: the request may be the cause, or one that ran beside it."""


class Refused(Exception):
    """The service rejects the request for good; `problem` gives the reason in the client's terms."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True)
class ServiceCall:
    """One request to a service: PNG files with their part names, and the JSON part `request`."""

    name: StageName
    files: Sequence[tuple[str, bytes]]
    request: BaseModel


@dataclass(frozen=True)
class Caller:
    """Calls the services over HTTP.

    `urls` are the full URLs of the stages' routes, `secret` is what the services want as theirs. `is_wanted` is called
    every quarter of a second during a call.
    """

    urls: Mapping[StageName, str]
    deadline_seconds: float
    tls: ssl.SSLContext
    secret: str | None = field(default=None, repr=False)

    def call(self, call: ServiceCall, answer: type[Answer], is_wanted: Callable[[], bool]) -> Answer:
        """The parsed answer; raises Unavailable, BrokeDown, CallFailed, Refused or Cancelled."""
        response = asyncio.run(self._send_while_wanted(call, is_wanted))
        _raise_for_status(response)
        try:
            parse_json(response.content)
            return answer.model_validate_json(response.content)
        except InvalidRequest as error:
            raise CallFailed(f"{call.name} sent what is no JSON: {error.detail}") from error
        except ValidationError as error:
            raise CallFailed(f"{call.name} sent an answer of the wrong shape: {error.errors()[0]['loc']}") from error

    async def _send_while_wanted(self, call: ServiceCall, is_wanted: Callable[[], bool]) -> httpx.Response:
        sending = asyncio.create_task(self._send(call))
        try:
            while not (await asyncio.wait({sending}, timeout=_WATCH_SECONDS))[0]:
                if not await asyncio.to_thread(is_wanted):
                    raise Cancelled
            return sending.result()
        finally:
            sending.cancel()  # closes the connection, which cancels the work in the service
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, call: ServiceCall) -> httpx.Response:
        files = [(name, (f"{name}.png", data, "image/png")) for name, data in call.files]
        timeout = httpx.Timeout(self.deadline_seconds, connect=_CONNECT_SECONDS)
        headers = {} if self.secret is None else {"Authorization": f"Bearer {self.secret}"}
        form = {"request": call.request.model_dump_json()}
        try:
            async with httpx.AsyncClient(timeout=timeout, verify=self.tls, trust_env=False) as http:
                async with asyncio.timeout(self.deadline_seconds):
                    return await http.post(self.urls[call.name], data=form, files=files or None, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unavailable(f"{call.name} cannot be reached: {error}") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise BrokeDown(f"{call.name} did not answer within {self.deadline_seconds:g} s") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise BrokeDown(f"the connection to {call.name} broke: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise CallFailed(f"{call.name} cannot be called: {type(error).__name__}") from error


def _raise_for_status(response: httpx.Response) -> None:
    """Raise Unavailable, BrokeDown, Refused or CallFailed unless the service succeeded."""
    if response.is_success:
        return
    problem = _problem(response)
    if response.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS}:
        raise Unavailable(problem.detail, retry_after(response.headers))
    if response.status_code == httpx.codes.UNAUTHORIZED:  # a mistake of the deployment, and not of the client
        raise Unavailable(f"the service refuses this worker's SERVICE_SECRET: {problem.detail}")
    if response.status_code in {httpx.codes.BAD_GATEWAY, httpx.codes.GATEWAY_TIMEOUT}:
        raise BrokeDown(problem.detail)  # of a proxy in front of it; the service itself sends neither
    if response.is_client_error and response.status_code != httpx.codes.REQUEST_TIMEOUT:
        raise Refused(problem)
    raise CallFailed(problem.detail)


def _problem(response: httpx.Response) -> Problem:
    """The problem in the client's terms: the service's /request/target is the client's /target."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return ImgdiffError(f"the service answered {response.status_code}").problem()
    if problem_slug(problem.type) not in catalogue():
        return ImgdiffError(f"the service answered {response.status_code}: {problem.detail}").problem()
    items = tuple(
        item.model_copy(update={"pointer": item.pointer.removeprefix("/request") or "/"}) for item in problem.errors
    )
    detail = problem.detail.replace("/request/", "/")
    return problem.model_copy(update={"errors": items, "detail": detail, "instance": None})
