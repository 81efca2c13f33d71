"""Broken images, each sent in every place that takes one: both images of a pair, an asset, a line, a donor."""

import base64
import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import httpx

from benchmarks.abuse.crafted_images import craft_images
from benchmarks.abuse.images import damage_images
from benchmarks.abuse.sets import Running
from benchmarks.abuse.trial import Trial, refusal

_DEADLINE_SECONDS = 300.0  # of an answer: 64 megapixels take 10 s to store, and more on a busy machine
_DONOR = json.dumps({"label": "cup", "source": "abuse", "licence": "MIT", "box": [0, 0, 1, 1]})
PLACES = ("image1", "image2", "asset", "batch", "donor")
_AGAIN = {
    "image1": "curl {url}/v1/difference-captions -F image1=@FILE -F image2=@examples/before.jpg",
    "image2": "curl {url}/v1/difference-captions -F image1=@examples/before.jpg -F image2=@FILE",
    "asset": "curl {url}/v1/assets -F image=@FILE",
    "batch": """printf '{"base64": "%s"}' "$(base64 -w 0 FILE)" | curl {url}/v1/assets --json @-""",
    "donor": f"curl {{url}}/v1/donors -F image=@FILE -F 'donor={_DONOR}'",
}


def draw_images(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Crafted ones first, then damaged ones, each with its name."""
    damaged = ((one.name, one.data) for one in damage_images(count, seed))
    return islice(chain(craft_images(), damaged), count)


def try_images(running: Running, count: int, seed: int, good: bytes, evidence: Path) -> Iterator[Trial]:
    """A trial of each place; the jobs of all of them are those of the last."""
    for place in PLACES:
        trial = Trial(f"broken images as {place}", evidence / place)
        trial.before, began = running.peaks(), time.monotonic()
        with running.client(_DEADLINE_SECONDS) as http:
            known, logged = running.count_jobs(), len(running.errors())
            for name, data in draw_images(count, seed):
                _try(http, place, trial, name, data, good)
        trial.jobs = dict(Counter(running.wait_for_jobs()) - Counter(known))
        trial.find_errors(running.errors()[logged:])
        trial.seconds, trial.peaks = time.monotonic() - began, running.peaks()
        yield trial


def _try(http: httpx.Client, place: str, trial: Trial, name: str, data: bytes, good: bytes) -> None:
    again = _AGAIN[place].replace("{url}", str(http.base_url))
    began = time.monotonic()
    try:
        answer = send_image(http, place, data, good)
        while answer.status_code == 503 and "retry-after" in answer.headers:  # the queue is full
            time.sleep(float(answer.headers["retry-after"]))
            began = time.monotonic()
            answer = send_image(http, place, data, good)
    except httpx.TransportError as error:
        trial.note("hung" if isinstance(error, httpx.TimeoutException) else "closed", time.monotonic() - began)
        trial.find(f"no answer: {error!r}", name, data, again)
        return
    trial.note(str(answer.status_code), time.monotonic() - began)
    wrong = refusal(answer)
    if wrong is not None:
        trial.find(wrong, name, data, again)


def send_image(http: httpx.Client, place: str, data: bytes, good: bytes) -> httpx.Response:
    """Send an image to one of PLACES, where another one is needed with a good one."""
    match place:
        case "image1" | "image2":
            files = {"image1": good, "image2": good} | {place: data}
            return http.post("/v1/difference-captions", files=files)
        case "asset":
            return http.post("/v1/assets", files={"image": data})
        case "donor":
            return http.post("/v1/donors", files={"image": data}, data={"donor": _DONOR})
        case _:
            return http.post("/v1/batches", content=_line(data, good), headers={"Content-Type": "application/jsonl"})


def _line(data: bytes, good: bytes) -> bytes:
    images: dict[str, Any] = {"image1": _inline(data), "image2": _inline(good)}
    return json.dumps({"custom_id": "abuse", "url": "/v1/difference-captions", "body": images}).encode()


def _inline(data: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}
