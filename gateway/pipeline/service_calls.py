"""Call a service for one stage, and classify its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from gateway.pipeline.wire.connections import Broken, CannotConnect, Connections
from gateway.pipeline.wire.watch import NotWanted, TookLong, Watch
from imgdiff.errors import ImgdiffError, InvalidRequest, catalogue, retry_after
from imgdiff.jobs import StageName
from imgdiff.problems import Problem, problem_slug
from imgdiff.requests.values import parse_json
from imgdiff.stages import REVISION_HEADER

Answer = TypeVar("Answer", bound=BaseModel)


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
class Reply(Generic[Answer]):
    """A service's answer, and the revision of the service if the same request always gets the same answer from it."""

    answer: Answer
    revision: str | None = None


@dataclass(frozen=True)
class Caller:
    """Calls the services over HTTP, over connections that stay open; shared by all threads of a process.

    `urls` are the full URLs of the stages' routes, `secret` is what the services want as theirs. `is_wanted` is called
    every quarter of a second during a call that lasts, in another thread.
    """

    urls: Mapping[StageName, str]
    deadline_seconds: float
    connections: Connections
    secret: str | None = field(default=None, repr=False)
    watch: Watch = field(default_factory=Watch)

    def call(self, call: ServiceCall, answer: type[Answer], is_wanted: Callable[[], bool]) -> Reply[Answer]:
        """The reply with its parsed answer; raises Unavailable, BrokeDown, CallFailed, Refused or Cancelled."""
        response = self._send(call, is_wanted)
        _raise_for_status(response)
        try:
            parse_json(response.content)
            parsed = answer.model_validate_json(response.content)
        except InvalidRequest as error:
            raise CallFailed(f"{call.name} sent what is no JSON: {error.detail}") from error
        except ValidationError as error:
            raise CallFailed(f"{call.name} sent an answer of the wrong shape: {error.errors()[0]['loc']}") from error
        return Reply(parsed, response.headers.get(REVISION_HEADER))

    def close(self) -> None:
        """Close the connections that no call has."""
        self.connections.close()

    def _send(self, call: ServiceCall, is_wanted: Callable[[], bool]) -> httpx.Response:
        files = [(name, (f"{name}.png", data, "image/png")) for name, data in call.files]
        form = {"request": call.request.model_dump_json()}
        headers = {} if self.secret is None else {"Authorization": f"Bearer {self.secret}"}
        request = httpx.Request("POST", self.urls[call.name], data=form, files=files or None, headers=headers)
        with self.watch.over(is_wanted, self.deadline_seconds) as watched:
            try:
                return self.connections.send(request, self.deadline_seconds, watched.can_be_interrupted)
            except (CannotConnect, Broken, TimeoutError) as error:
                raise self._explain(call, watched.failure or error) from error

    def _explain(self, call: ServiceCall, failure: BaseException) -> BaseException:
        """What a call that got no answer means."""
        match failure:
            case NotWanted():
                return Cancelled()
            case TookLong() | TimeoutError():
                return BrokeDown(f"{call.name} did not answer within {self.deadline_seconds:g} s")
            case CannotConnect():
                return Unavailable(f"{call.name} cannot be reached: {failure}")
            case Broken():
                return BrokeDown(f"the connection to {call.name} broke: {failure}")
            case _:
                return failure


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
