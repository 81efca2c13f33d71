"""What the answers of a service mean for the stage that called it."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from gateway.pipeline.service_calls import BrokeDown, Caller, CallFailed, Cancelled, Refused, ServiceCall, Unavailable
from gateway.pipeline.wire.connections import Connections
from imgdiff.errors import ImgdiffError, InvalidRequest, Overloaded, Unauthorized
from imgdiff.jobs import StageName

Ask = Callable[[Response], "Answered"]


class Answered(BaseModel):
    """The answer of the service of these tests."""

    fine: bool


@pytest.fixture
def ask(serve: Callable[[FastAPI], httpx.Client]) -> Iterator[Ask]:
    """Call a service that gives one response."""
    responses: list[Response] = []
    app = FastAPI()

    @app.post("/detect")
    async def detect(_: Request) -> Response:
        return responses[-1]

    caller = _caller(f"{serve(app).base_url}/detect")

    def call(response: Response) -> Answered:
        responses.append(response)
        return caller.call(_call(), Answered, lambda: True).answer

    yield call
    caller.close()


def _caller(url: str, deadline_seconds: float = 10.0) -> Caller:
    return Caller({StageName.DETECTION: url}, deadline_seconds, Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))


def _call() -> ServiceCall:
    return ServiceCall(StageName.DETECTION, [("image1", b"png")], Answered(fine=True))


def _problem(error: ImgdiffError, **headers: str) -> Response:
    return JSONResponse(error.problem("/detect").model_dump(mode="json"), int(error.status), headers)


def test_a_success_is_parsed(ask: Ask) -> None:
    assert ask(JSONResponse({"fine": True})) == Answered(fine=True)


def test_an_answer_of_the_wrong_shape_may_be_retried(ask: Ask) -> None:
    with pytest.raises(CallFailed, match="wrong shape"):
        ask(JSONResponse({"good": True}))


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_no_number_outside_json_is_taken_from_a_service(ask: Ask, number: str) -> None:
    with pytest.raises(CallFailed, match="is no JSON"):
        ask(Response(f'{{"fine": {number}}}', media_type="application/json"))


def test_a_full_service_is_unavailable_for_as_long_as_it_says(ask: Ask) -> None:
    with pytest.raises(Unavailable) as caught:
        ask(_problem(Overloaded("the queue is full"), **{"Retry-After": "7"}))

    assert caught.value.pause == 7.0


def test_a_rejected_request_is_refused_in_the_clients_terms(ask: Ask) -> None:
    error = InvalidRequest.at("/request/options/language", "language", "not a language")

    with pytest.raises(Refused) as caught:
        ask(_problem(error))

    problem = caught.value.problem
    assert [item.pointer for item in problem.errors] == ["/options/language"]
    assert (problem.detail, problem.instance) == ("/options/language: not a language", None)


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_lost_its_service_reports_a_breakdown(ask: Ask, status: int) -> None:
    with pytest.raises(BrokeDown, match=str(status)):
        ask(Response("broken", status))


def test_a_connection_that_ends_without_an_answer_is_a_breakdown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(1)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(BrokeDown, match="the connection to detection broke"):
            _caller(f"http://127.0.0.1:{server.getsockname()[1]}/detect").call(_call(), Answered, lambda: True)
        thread.join()


@pytest.mark.parametrize("status", [408, 500])
def test_other_errors_may_be_retried(ask: Ask, status: int) -> None:
    with pytest.raises(CallFailed, match=str(status)):
        ask(Response("broken", status))


def test_a_service_that_does_not_listen_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        _caller("http://127.0.0.1:9/detect").call(_call(), Answered, lambda: True)


def test_a_slow_service_is_cut_off_at_the_deadline_or_when_nobody_waits(
    serve: Callable[[FastAPI], httpx.Client],
) -> None:
    app = FastAPI()

    @app.post("/detect")
    def detect() -> None:
        time.sleep(1.5)

    url = f"{serve(app).base_url}/detect"

    with pytest.raises(BrokeDown, match="did not answer within"):
        _caller(url, 0.3).call(_call(), Answered, lambda: True)
    with pytest.raises(Cancelled):
        _caller(url).call(_call(), Answered, lambda: False)


def test_the_secret_goes_along_and_a_service_that_refuses_it_is_unavailable(
    serve: Callable[[FastAPI], httpx.Client],
) -> None:
    app = FastAPI()

    @app.post("/detect")
    async def detect(request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer of the deployment":
            return _problem(Unauthorized("no secret"))
        return JSONResponse({"fine": True})

    urls = {StageName.DETECTION: f"{serve(app).base_url}/detect"}
    right, wrong = (
        Caller(urls, 10.0, Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)), one)
        for one in ("of the deployment", None)
    )

    assert right.call(_call(), Answered, lambda: True).answer == Answered(fine=True)
    with pytest.raises(Unavailable, match="SERVICE_SECRET"):
        wrong.call(_call(), Answered, lambda: True)
    for one in (right, wrong):
        one.close()
