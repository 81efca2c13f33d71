"""What a service says of itself counts for a few seconds, and nothing counts that it does not say."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI, Response

from gateway.pipeline.cache.revisions import FRESH_SECONDS, Revisions
from gateway.pipeline.wire.connections import Connections
from imgdiff.jobs import StageName
from imgdiff.stages import ServiceMetadata

_METADATA = ServiceMetadata(name="detection", versions=("1",), platform="imgdiff_x", backend="x", device="cpu")


@dataclass
class Service:
    """A service's description, and how often it was asked for."""

    revision: str | None = "a"
    status: int = 200
    asked: int = 0
    seconds: float = 1000.0

    def clock(self) -> float:
        """The time of the test."""
        return self.seconds


@pytest.fixture
def service() -> Service:
    """What the service answers."""
    return Service()


@pytest.fixture
def revisions(service: Service, serve: Callable[[FastAPI], httpx.Client]) -> Iterator[Revisions]:
    """Asks the service."""
    app = FastAPI()

    @app.get("/v2/models/detection")
    async def describe() -> Response:
        service.asked += 1
        described = _METADATA.model_copy(update={"revision": service.revision})
        return Response(described.model_dump_json(), service.status)

    connections = Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    yield Revisions({StageName.DETECTION: str(serve(app).base_url)}, connections, clock=service.clock)
    connections.close()


def test_a_service_is_asked_once_in_a_while(service: Service, revisions: Revisions) -> None:
    assert [revisions.now(StageName.DETECTION) for _ in range(3)] == ["a", "a", "a"]
    assert service.asked == 1

    service.revision = "b"
    service.seconds += FRESH_SECONDS
    assert [revisions.now(StageName.DETECTION) for _ in range(2)] == ["b", "b"]
    assert service.asked == 2


def test_an_answer_of_the_service_saves_to_ask_it(service: Service, revisions: Revisions) -> None:
    revisions.note(StageName.DETECTION, "c")

    assert revisions.now(StageName.DETECTION) == "c"
    assert service.asked == 0


@pytest.mark.parametrize("status", [404, 503])
def test_a_service_that_does_not_describe_itself_has_no_revision(
    service: Service, revisions: Revisions, status: int
) -> None:
    service.status = status

    assert revisions.now(StageName.DETECTION) is None


def test_a_service_that_is_away_has_no_revision() -> None:
    connections = Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    assert Revisions({StageName.DETECTION: "http://127.0.0.1:9"}, connections).now(StageName.DETECTION) is None
