"""The ML backend of Label Studio: predicts the tasks of a project by a gateway, in the names of its configuration.

Of https://github.com/HumanSignal/label-studio-ml-backend it keeps the routes and bodies; nothing is trained.
"""

import asyncio
import base64
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.authentication import AuthenticationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgdiff.client.asynchronous import AsyncClient
from imgdiff.client.options import OptionFields
from imgdiff.errors import DeadlineExceeded, ImgdiffError, InvalidRequest, PayloadTooLarge
from imgdiff.integrations.comparing import CONCURRENCY
from imgdiff.integrations.labelstudio.config import Names, read_names
from imgdiff.integrations.labelstudio.images import TaskImages
from imgdiff.integrations.labelstudio.predictions import MODEL_VERSION, write_prediction

_log = logging.getLogger(__name__)
_MOST_BYTES = 256 * 2**20  # of a request, whose tasks may hold images; chosen, not measured
_WAIT_SECONDS = 90.0  # for all tasks of a request, since Label Studio gives up after 100
Body = TypeVar("Body", bound=BaseModel)


class Task(BaseModel):
    """A task; its other fields are not looked at."""

    id: int | str | None = None
    data: dict[str, Any]


class PredictRequest(BaseModel):
    """Body of `POST /predict`."""

    tasks: list[Task] = Field(max_length=10_000)
    label_config: str


class SetupRequest(BaseModel):
    """Body of `POST /setup`. The host and token that Label Studio sends with it are not used: anyone can send them."""

    project_schema: str = Field(alias="schema")


class Backend:
    """Answers Label Studio, after `wait_seconds` at most.

    A task that fails, or is not done by then, has no prediction; where all of them fail, the first error is raised.
    """

    def __init__(
        self, client: AsyncClient, images: TaskImages, options: OptionFields, wait_seconds: float = _WAIT_SECONDS
    ) -> None:
        self._client, self._images, self._options, self._wait_seconds = client, images, options, wait_seconds
        self._free = asyncio.Semaphore(CONCURRENCY)

    async def predict(self, tasks: Sequence[Task], names: Names) -> list[Any]:
        """By task a prediction, or an empty list."""
        end = asyncio.get_running_loop().time() + self._wait_seconds
        found = await asyncio.gather(*(self._predict(task, names, end) for task in tasks), return_exceptions=True)
        failures = [one for one in found if isinstance(one, BaseException)]
        for error in failures:
            if not isinstance(error, ImgdiffError):
                raise error
            _log.warning("no prediction for a task: %s", error)
        if failures and len(failures) == len(tasks):
            raise failures[0]
        return [[] if isinstance(one, BaseException) else one for one in found]

    async def close(self) -> None:
        """Close the connections."""
        await self._images.close()
        await self._client.close()

    async def _predict(self, task: Task, names: Names, end: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout_at(end), self._free:
                keys = [image.key for image in names.images]
                before, after = [await self._images.read(task.id, task.data.get(key), key) for key in keys]
                record = await self._client.compare(before, after, **self._options)
        except TimeoutError as error:
            detail = f"not done within {self._wait_seconds:g} seconds; ask for fewer tasks at a time"
            raise DeadlineExceeded(detail) from error
        return await asyncio.to_thread(write_prediction, record, names)  # masks of large images take a second


def make_app(backend: Backend, login: tuple[str, str] | None = None) -> Starlette:
    """The app with the routes that Label Studio calls; with a login it asks for Basic authentication."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await backend.close()

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "UP", "model_class": "imgdiff"})

    async def setup(request: Request) -> Response:
        read_names((await _read(request, SetupRequest)).project_schema)
        return JSONResponse({"model_version": MODEL_VERSION})

    async def predict(request: Request) -> Response:
        wanted = await _read(request, PredictRequest)
        return JSONResponse({"results": await backend.predict(wanted.tasks, read_names(wanted.label_config))})

    async def webhook(_: Request) -> Response:
        return JSONResponse({"status": "ok", "result": "imgdiff does not learn from annotations"})

    async def versions(_: Request) -> Response:
        return JSONResponse({"versions": [MODEL_VERSION]})

    async def metrics(_: Request) -> Response:
        return JSONResponse({})

    def route(path: str, method: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
        async def guarded(request: Request) -> Response:
            _check_login(request, login)
            return await answer(request)

        return Route(path, guarded, methods=[method])

    routes = [route(path, "GET", health) for path in ("/", "/health")]
    routes += [route("/versions", "GET", versions), route("/metrics", "GET", metrics)]
    routes += [route("/setup", "POST", setup), route("/predict", "POST", predict), route("/webhook", "POST", webhook)]
    handlers: dict[Any, Any] = {ImgdiffError: _report, AuthenticationError: _refuse}
    return Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)


async def _read(request: Request, model: type[Body]) -> Body:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > _MOST_BYTES:
            raise PayloadTooLarge(f"the request has more than {_MOST_BYTES} bytes; send fewer tasks at a time")
    try:
        return model.model_validate_json(bytes(content))
    except ValidationError as error:
        raise InvalidRequest.of(error.errors()) from error


def _check_login(request: Request, login: tuple[str, str] | None) -> None:
    if login is None:
        return
    expected = base64.b64encode(":".join(login).encode()).decode()
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not hmac.compare_digest(sent.strip().encode(), expected.encode()):
        raise AuthenticationError


async def _report(request: Request, error: Exception) -> Response:
    assert isinstance(error, ImgdiffError)  # noqa: S101  narrows a type; the handler is registered for it
    return JSONResponse(*error.reply(request.url.path))


async def _refuse(_: Request, __: Exception) -> Response:
    return Response("log in", 401, {"WWW-Authenticate": 'Basic realm="imgdiff"'})
