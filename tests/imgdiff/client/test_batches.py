"""The flow of an upload, driven without I/O; the clients that run it are tested with a gateway."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from imgdiff.client.batches import Upload, upload_flow, wait_flow
from imgdiff.client.flows import ENDLESS, Flow
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import Conflict

URL = "http://gateway"
GOLDEN = json.loads((Path(__file__).parents[2] / "contracts" / "batch.json").read_text())


def _answer(status: int, document: dict[str, Any]) -> httpx.Response:
    return httpx.Response(status, json=document, request=httpx.Request("GET", f"{URL}/v1/batches"))


def _batch(received: int, state: str = "receiving") -> httpx.Response:
    return _answer(200, {**GOLDEN, "received_bytes": received, "state": state})


def _start() -> Flow[Any]:
    flow = upload_flow(io.BytesIO(b"x\n" * 100), Upload("once"), None, Retries(), URL)
    next(flow)
    flow.send(_batch(2))
    return flow


def _refuse(flow: Flow[Any], received: int) -> Any:
    """The part is refused, and the batch looked at has `received` bytes; returns what the flow does next."""
    looked_at = flow.send(_answer(409, Conflict("other bytes are stored").problem().model_dump(mode="json")))
    assert (looked_at.method, looked_at.path) == ("GET", f"/v1/batches/{GOLDEN['id']}")  # type: ignore[union-attr]
    return flow.send(_batch(received))


def test_an_upload_waits_while_an_earlier_request_is_still_being_stored() -> None:
    flow = _start()
    for received in range(4, 40, 2):
        assert isinstance(_refuse(flow, received), float)
        part = flow.send(None)
        assert (part.method, part.headers["Upload-Offset"]) == ("PATCH", str(received))  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as end:
        flow.send(_batch(200, "running"))

    assert end.value.value.received_bytes == 200


def test_an_upload_that_is_refused_again_and_again_without_progress_ends() -> None:
    flow = _start()
    for _ in range(5):
        assert isinstance(_refuse(flow, 2), float)
        flow.send(None)

    with pytest.raises(Conflict, match="other bytes are stored"):
        _refuse(flow, 2)


def test_a_file_that_still_grows_is_sent_up_to_its_last_whole_line_and_leaves_the_batch_open() -> None:
    flow = upload_flow(io.BytesIO(b"1\n2\n3"), Upload(complete=False), GOLDEN["id"], Retries(), URL)
    next(flow)
    part = flow.send(_batch(2))
    assert (part.content, part.headers["Upload-Complete"]) == (b"2\n", "?0")  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as end:
        flow.send(_batch(4))

    assert end.value.value.received_bytes == 4


def test_a_batch_is_looked_at_soon_and_then_more_and_more_rarely() -> None:
    flow = wait_flow(GOLDEN["id"], Retries(), URL, ENDLESS)
    next(flow)
    pauses = []
    for _ in range(7):
        pauses.append(flow.send(_batch(200, "running")))
        flow.send(None)

    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
