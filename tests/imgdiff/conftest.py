"""A small gateway on loopback that implements the contract and fails as a test tells it to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import JsonValue

from imgdiff.errors import ImgdiffError, InvalidImage, NotFound
from imgdiff.problems import PROBLEM_MEDIA_TYPE, ProblemItem
from tests.loopback import serving

CONTRACTS = Path(__file__).parents[1] / "contracts"
ASSET = "sha256:" + "a" * 64
RECORD_ID = "rec_" + "0" * 32
PNG = b"\x89PNG a picture"


def _record(job_id: str) -> dict[str, JsonValue]:
    image: dict[str, JsonValue] = {"asset": ASSET, "width": 640, "height": 480}
    region: dict[str, JsonValue] = {
        "box": [10, 20, 110, 220],
        "change": "removed",
        "difference": 0.61,
        "label1": "dog",
        "kept": True,
        "caption": "The dog is gone.",
        "scores": {"crop_similarity": 0.39},
    }
    dropped = {**region, "kept": False, "reasons": [{"code": "region.overlap", "value": 0.7, "threshold": 0.5}]}
    return {
        "id": RECORD_ID,
        "job": job_id,
        "dataset": "default",
        "created_at": "2026-01-02T03:04:05Z",
        "source": {"kind": "upload"},
        "image1": image,
        "image2": image,
        "alignment": {"applied": False, "model": "identity", "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "score": 1},
        "verdict": "different",
        "caption": "The dog is gone from the lawn.",
        "regions": [region, dropped],
        "provenance": {"version": "0.1.0", "policy": "describe"},
    }


@dataclass
class SmallGateway:
    """What happened, and what shall happen."""

    url: str = ""
    seen: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    failures: deque[Response] = field(default_factory=deque)
    lost_answers: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    ends_as: str = "succeeded"
    error: ImgdiffError | None = None
    events_a_connection: int = 10
    events_work: bool = True
    polls_until_end: int = 0
    cancelled: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    most_waiting: int = 0
    degraded: bool = False

    def fails(self, error: ImgdiffError, retry_after: str | None = None) -> None:
        """The next request is answered with this error."""
        headers = {"Retry-After": retry_after} if retry_after else None
        body = error.problem("/v1/x").model_dump(mode="json")
        self.failures.append(JSONResponse(body, int(error.status), headers, PROBLEM_MEDIA_TYPE))

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.url.path for request in self.seen]

    def job(self, job_id: str, state: str, records: bool = True) -> dict[str, JsonValue]:
        """The job in a state."""
        now = datetime.now(UTC).isoformat()
        succeeded = state == "succeeded"
        error = self.error.problem().model_dump(mode="json") if self.error and state == "failed" else None
        return {
            "id": job_id,
            "kind": "difference-captions",
            "state": state,
            "created_at": now,
            "progress": {"queued": 0.0, "running": 0.5}.get(state, 1.0),
            "error": error,
            "stages": [{"name": "detection", "state": "succeeded" if succeeded else "running", "attempts": 1}],
            "records": [_record(job_id)] if succeeded and records else [],
            "links": {"self": f"/v1/jobs/{job_id}", "events": f"/v1/jobs/{job_id}/events", "cancel": "x"},
        }

    def known(self, job_id: str) -> None:
        """Raises NotFound for a job nobody submitted."""
        if job_id not in self.jobs:
            raise NotFound(f"no job {job_id}")


def _app(state: SmallGateway) -> FastAPI:
    app = FastAPI()
    _watch(app, state)
    _submits(app, state)
    _jobs(app, state)
    _stored(app)
    _ready(app, state)
    _funnels(app)
    return app


def _watch(app: FastAPI, state: SmallGateway) -> None:
    @app.middleware("http")
    async def watch(request: Request, call_next):  # type: ignore[no-untyped-def]
        state.bodies.append(await request.body())
        state.seen.append(request)
        if state.failures:
            return state.failures.popleft()
        response = await call_next(request)
        if request.method == "POST" and state.lost_answers:
            state.lost_answers -= 1
            return Response(status_code=503)
        return response

    @app.exception_handler(ImgdiffError)
    async def on_error(request: Request, error: ImgdiffError) -> Response:
        body = error.problem(request.url.path).model_dump(mode="json")
        return JSONResponse(body, int(error.status), media_type=PROBLEM_MEDIA_TYPE)


def _submits(app: FastAPI, state: SmallGateway) -> None:
    @app.post("/v1/difference-captions", status_code=202)
    @app.post("/v1/syntheses", status_code=202)
    async def submit(request: Request) -> dict[str, JsonValue]:
        if b"not an image" in await request.body():
            item = ProblemItem(pointer="/image1", detail="not an image in one of PNG, JPEG", code="image.unknown")
            raise InvalidImage("/image1: not an image in one of PNG, JPEG", errors=[item])
        key = request.headers["Idempotency-Key"]
        if key not in state.keys:
            state.keys[key] = f"job_{len(state.jobs):032x}"
            state.jobs.append(state.keys[key])
            state.waiting.add(state.keys[key])
            state.most_waiting = max(state.most_waiting, len(state.waiting))
        return state.job(state.keys[key], "queued")

    @app.post("/v1/assets", status_code=201)
    async def upload(image: UploadFile) -> dict[str, JsonValue]:
        size = len(await image.read())
        return {
            "id": ASSET,
            "width": 1,
            "height": 1,
            "media_type": "image/png",
            "size": size,
            "created_at": "2026-01-02T03:04:05Z",
        }


def _jobs(app: FastAPI, state: SmallGateway) -> None:
    @app.get("/v1/jobs")
    async def jobs(cursor: int = 0, page_size: int = 2) -> dict[str, JsonValue]:
        newest = [state.job(job_id, "succeeded", records=False) for job_id in reversed(state.jobs)]
        rest = cursor + page_size < len(newest)
        return {"jobs": newest[cursor : cursor + page_size], "next_cursor": str(cursor + page_size) if rest else None}

    @app.get("/v1/jobs/{job_id}")
    async def job(job_id: str) -> JSONResponse:
        state.known(job_id)
        if state.polls_until_end > 0:
            state.polls_until_end -= 1
            return JSONResponse(state.job(job_id, "running"), headers={"Retry-After": "0"})
        state.waiting.discard(job_id)
        return JSONResponse(state.job(job_id, state.ends_as))

    @app.delete("/v1/jobs/{job_id}")
    async def cancel(job_id: str) -> dict[str, JsonValue]:
        state.known(job_id)
        state.cancelled.append(job_id)
        return state.job(job_id, "cancelled")

    @app.get("/v1/jobs/{job_id}/events")
    async def events(job_id: str, request: Request) -> Response:
        state.known(job_id)
        if not state.events_work:
            return Response(status_code=503)
        after = int(request.headers.get("Last-Event-ID", "0"))
        return StreamingResponse(_stream(state, job_id, after), media_type="text/event-stream")


async def _stream(state: SmallGateway, job_id: str, after: int) -> AsyncIterator[str]:
    states = ["queued", "running", "running", state.ends_as]
    for number, name in list(enumerate(states, start=1))[after : after + state.events_a_connection]:
        event = {"type": "state", "job": state.job(job_id, name, records=False)}
        yield f"id: {number}\nevent: state\ndata: {JSONResponse(event).body.decode()}\n\n"
        await asyncio.sleep(0.01)


def _funnels(app: FastAPI) -> None:
    @app.get("/v1/jobs/{name}/funnel")
    @app.get("/v1/datasets/{name}/funnel")
    async def funnel(name: str) -> Response:
        return Response((CONTRACTS / "funnel.json").read_bytes(), media_type="application/json")


def _ready(app: FastAPI, state: SmallGateway) -> None:
    @app.get("/readyz")
    async def readyz(degraded: bool = True) -> Response:
        ready = degraded or not state.degraded
        return JSONResponse({"ready": ready}, 200 if ready else 503)


def _stored(app: FastAPI) -> None:
    @app.get("/v1/schemas")
    async def schemas() -> dict[str, list[str]]:
        return {"schemas": ["/v1/schemas/record.json"]}

    @app.get("/v1/schemas/{name}.json")
    async def schema(name: str) -> dict[str, str]:
        return {"title": name}

    @app.get("/v1/records/{record_id}")
    async def record(record_id: str) -> dict[str, JsonValue]:
        if record_id != RECORD_ID:
            raise NotFound(f"no record {record_id}")
        return _record("job_" + "0" * 32)

    @app.get("/v1/records/{record_id}/preview")
    async def preview(record_id: str, request: Request) -> Response:
        return Response(PNG, media_type=request.headers["Accept"])

    @app.get("/v1/datasets/{name}/records")
    async def records(name: str, cursor: int = 0) -> dict[str, JsonValue]:
        return {"records": [_record("job_" + "0" * 32)], "next_cursor": str(cursor + 1) if cursor < 2 else None}

    @app.get("/v1/datasets/{name}/export")
    async def export(name: str, format: str) -> Response:  # noqa: A002  the contract's word
        if name != "default":
            raise NotFound(f"no dataset {name}")
        return Response(b'{"id": 1}\n{"id": 2}\n', media_type="application/jsonl", headers={"X-Format": format})


@pytest.fixture
def gateway() -> Iterator[SmallGateway]:
    """A small gateway of the test's own on a free port."""
    state = SmallGateway()
    with serving(_app(state), patience=1) as state.url:
        yield state


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    return "http://127.0.0.1:1"
