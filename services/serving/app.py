"""The app of every service: load, warm up, answer in batches; health and metadata of the Open Inference Protocol."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from imgdiff import __version__
from imgdiff.errors import (
    ImgdiffError,
    InvalidRequest,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    RequestTimeout,
    ServiceUnavailable,
    Unauthorized,
    WorkCancelled,
)
from imgdiff.jobs import StageName
from imgdiff.problems import PROBLEM_MEDIA_TYPE
from imgdiff.stages import ServiceMetadata
from services.serving.admission import Place
from services.serving.batching import BatchLimits, MicroBatcher
from services.serving.cancellation import Cancellation
from services.serving.cost import REQUEST_COST
from services.serving.engine import Answer, Engine, Work
from services.serving.metrics import ServiceMetrics
from services.serving.request_guard import RequestGuard
from services.serving.revision import ShowRevision, revision_of
from services.serving.settings import ServiceSettings

_log = logging.getLogger(__name__)
_DISCONNECT_POLL_SECONDS = 0.1  # between two looks whether the client is still connected; chosen, not measured
_NOT_READY_RETRY_SECONDS = 2  # Retry-After while the model loads; chosen, not measured
_FIRST_RELOAD_SECONDS, _LAST_RELOAD_SECONDS = 1.0, 60.0  # between two attempts to load, doubling; chosen, not measured
_MOST_REQUEST_BYTES = 32 << 20  # of the part `request`, which has a mask for each region or donor; chosen, not measured


@dataclass
class Serving(Generic[Work, Answer]):
    """The state of one service: loading, ready, silent, or failed until it can be loaded."""

    name: StageName
    settings: ServiceSettings
    load: Callable[[], Engine[Work, Answer]]
    metrics: ServiceMetrics = field(init=False)
    engine: Engine[Work, Answer] | None = None
    batcher: MicroBatcher[Work, Answer] | None = None
    failure: str | None = None
    revision: str | None = None

    def __post_init__(self) -> None:
        self.metrics = ServiceMetrics(self.name.value)

    async def run(self, stop: asyncio.Event) -> None:
        """Load and warm up, then serve until `stop` is set. What fails to load is loaded again: a file may come back.

        Until then the health routes report the failure.
        """
        wait = _FIRST_RELOAD_SECONDS
        while not stop.is_set():
            try:
                await self._serve(stop)
            except Exception as error:  # noqa: BLE001  whatever it is, the health routes must report it
                self.failure = f"{type(error).__name__}: {error}"
                _log.exception("%s could not be loaded; it is loaded again in %g s", self.name, wait)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), wait)
                wait = min(2 * wait, _LAST_RELOAD_SECONDS)
            finally:
                self.batcher = None

    async def _serve(self, stop: asyncio.Event) -> None:
        engine = await asyncio.to_thread(self.load)
        batcher = MicroBatcher(engine, self._limits(), self.metrics)
        async with batcher.running():
            self.engine, self.batcher, self.failure = engine, batcher, None
            self.revision = revision_of(self.settings, engine.backend, engine.device, engine.models)
            _log.info("%s is ready (%s on %s)", self.name, engine.backend, engine.device)
            await stop.wait()

    @contextlib.contextmanager
    def admit(self, cost: int = REQUEST_COST) -> Iterator["Admitted[Work, Answer]"]:
        """Around a request, before its images are decoded; raises ServiceUnavailable while not ready, or Overloaded."""
        if self.batcher is None:
            raise self._not_ready()
        with self.batcher.admit(cost) as place:
            yield Admitted(self.batcher, place, self.metrics)

    async def answer(self, request: Request, work: Work) -> Answer:
        """The engine's answer to work that was not admitted before; raises as `admit`."""
        with self.admit() as admitted:
            return await admitted.answer(request, work)

    @property
    def trouble(self) -> str | None:
        """Why the process should be restarted: it could not be loaded, or its model hangs; null else."""
        silent = 0.0 if self.batcher is None else self.batcher.silent_seconds
        if silent > self.settings.max_silent_seconds:
            return f"the model has given no sign of life for {silent:.0f} s"
        return self.failure

    def metadata(self) -> ServiceMetadata:
        """The loaded models, for `GET /v2/models/{name}`."""
        if self.engine is None:
            raise self._not_ready()
        return ServiceMetadata(
            name=self.name.value,
            versions=(__version__,),
            platform=f"imgdiff_{self.engine.backend}",
            backend=self.engine.backend,
            device=self.engine.device,
            models=self.engine.models,
            revision=self.revision,
        )

    def _not_ready(self) -> ServiceUnavailable:
        detail = f"{self.name} is not ready: {self.failure or 'loading'}"
        return ServiceUnavailable(detail, retry_after=_NOT_READY_RETRY_SECONDS)

    def _limits(self) -> BatchLimits:
        chosen = self.settings
        return BatchLimits(
            chosen.max_batch, chosen.max_delay_ms / 1000, chosen.max_queue, chosen.max_batch_cost, chosen.max_queue_cost
        )


@dataclass(frozen=True)
class Admitted(Generic[Work, Answer]):
    """One request's place in the queue."""

    batcher: MicroBatcher[Work, Answer]
    place: Place
    metrics: ServiceMetrics

    async def answer(self, request: Request, work: Work, cost: int | None = None) -> Answer:
        """The engine's answer; `cost` replaces the estimate of the place. Work ends when its client disconnects."""
        self.place.cost = self.place.cost if cost is None else cost
        cancellation = Cancellation()
        watcher = asyncio.create_task(_watch(request, cancellation))
        try:
            answer = await self.batcher.submit(work, cancellation, self.place)
        finally:
            cancellation.cancel()
            watcher.cancel()
        self.metrics.answered(200)
        return answer


async def _watch(request: Request, cancellation: Cancellation) -> None:
    while not await request.is_disconnected():  # noqa: ASYNC110  ASGI has no event for it
        await asyncio.sleep(_DISCONNECT_POLL_SECONDS)
    cancellation.cancel()


def create_service_app(serving: Serving[Work, Answer]) -> FastAPI:
    """A FastAPI app with every route but the service's own."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(serving.run(stop))
        yield
        stop.set()
        await running

    app = FastAPI(
        title=f"imgdiff {serving.name}",
        version=__version__,
        lifespan=lifespan,
        form_limits={"max_part_size": _MOST_REQUEST_BYTES},
        responses=_describe_refusals(),
    )
    app.add_middleware(ShowRevision, serving=serving)
    app.add_middleware(RequestGuard, settings=serving.settings)
    _add_problems(app, serving.metrics)
    _add_health(app, serving)
    return app


def _describe_refusals() -> dict[int | str, dict[str, Any]]:
    """Every answer of RFC 9457 that a route may give, for the OpenAPI document."""
    fields = {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}}
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"type": "object", "properties": fields, "required": [*fields]}}}
    errors = (
        MalformedRequest,
        Unauthorized,
        NotFound,
        RequestTimeout,
        PayloadTooLarge,
        InvalidRequest,
        ImgdiffError,
        ServiceUnavailable,
    )
    return {int(error.status): {"description": error.title(), "content": content} for error in errors}


def _add_health(app: FastAPI, serving: Serving[Work, Answer]) -> None:
    unwell: dict[int | str, dict[str, Any]] = {
        503: {"description": "`state` says why.", "content": {"application/json": {}, PROBLEM_MEDIA_TYPE: {}}}
    }

    @app.get("/v2/health/live", responses=unwell)
    async def live() -> JSONResponse:
        """Whether the process works; if not, a restart may help, and `state` says what is wrong."""
        trouble = serving.trouble
        return JSONResponse({"live": trouble is None, "state": trouble or "alive"}, 200 if trouble is None else 503)

    @app.get("/v2/health/ready", responses=unwell)
    async def ready() -> JSONResponse:
        """Whether the service answers requests."""
        trouble = serving.trouble
        state = trouble or ("loading" if serving.batcher is None else "ready")
        return JSONResponse({"ready": state == "ready", "state": state}, 200 if state == "ready" else 503)

    @app.get("/v2")
    async def server() -> dict[str, str | list[str]]:
        """Server metadata."""
        return {"name": f"imgdiff-{serving.name}", "version": __version__, "extensions": []}

    @app.get("/v2/models/{name}")
    async def model(name: str) -> ServiceMetadata:
        """Backend, weights and device of this service."""
        _require_name(name, serving)
        return serving.metadata()

    @app.get("/v2/models/{name}/ready", responses=unwell)
    async def model_ready(name: str) -> JSONResponse:
        """Whether the model answers requests."""
        _require_name(name, serving)
        return await ready()

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(serving.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _require_name(name: str, serving: Serving[Work, Answer]) -> None:
    if name != serving.name.value:
        raise NotFound(f"no model {name!r} here; this service runs {serving.name.value!r}")


_REFUSALS: dict[int, type[ImgdiffError]] = {404: NotFound, 405: MethodNotAllowed, 413: PayloadTooLarge}


def _add_problems(app: FastAPI, metrics: ServiceMetrics) -> None:
    @app.exception_handler(ImgdiffError)
    async def on_error(request: Request, error: ImgdiffError) -> Response:
        metrics.answered(int(error.status))
        if isinstance(error, WorkCancelled):
            return Response(status_code=499)  # the client has disconnected
        return JSONResponse(*error.reply(request.url.path))

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        metrics.answered(422)
        return JSONResponse(*InvalidRequest.of_request(error.errors()).reply(request.url.path))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        """What the framework refuses: an unknown path or method, a form that cannot be read."""
        kind = _REFUSALS.get(error.status_code, InvalidRequest)
        metrics.answered(int(kind.status))
        return JSONResponse(*kind(error.detail, headers=error.headers).reply(request.url.path))
