"""Submit pairs at a fixed rate or as fast as they are taken, and wait until all jobs have ended."""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from imgdiff.images import encode_png

_ROUTE = "/v1/difference-captions"
_PAUSE_SECONDS = 0.1  # between two looks at what is left
_BOUNDARY = "imgdiff-load"
_LOCAL = threading.local()

Submit = Callable[[int], int]
"""Submits the pair of a number; returns the status of the answer."""


@dataclass(frozen=True)
class Answers:
    """Seconds that each submit took, counted from when it was due, and the statuses other than 202."""

    seconds: Sequence[float]
    refused: Sequence[int]

    def milliseconds(self, percent: int) -> float:
        """A percentile, in milliseconds."""
        return 1000 * statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def submit_files(url: str, seed: int) -> Submit:
    """Submits two small images as files; every pair shows another scene."""
    return lambda number: _post(url, *_form(picture(2 * number, seed), picture(2 * number + 1, seed)))


def submit_stored(url: str, seed: int, count: int) -> Submit:
    """Stores so many pairs of images; submits one by its ids."""
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda number: _store(url, picture(number, seed)), range(2 * count)))
    return lambda number: _post(url, *_body(ids[2 * number % len(ids)], ids[(2 * number + 1) % len(ids)]))


def submit_at(submit: Submit, rate: float, seconds: float, threads: int = 64) -> Answers:
    """Submits at a rate, whatever the answers take."""
    began = time.monotonic() + 0.1

    def run(number: int) -> tuple[float, int]:
        due = began + number / rate
        time.sleep(max(due - time.monotonic(), 0.0))
        status = submit(number)
        return time.monotonic() - due, status

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(run, range(int(rate * seconds))))
    return Answers([took for took, _ in answers], [status for _, status in answers if status != 202])


def submit_all(submit: Submit, numbers: Sequence[int], threads: int = 4) -> Answers:
    """Submits all, a few at a time."""

    def run(number: int) -> tuple[float, int]:
        began = time.monotonic()
        status = submit(number)
        return time.monotonic() - began, status

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(run, numbers))
    return Answers([took for took, _ in answers], [status for _, status in answers if status != 202])


def wait_for_end(url: str) -> None:
    """Wait until no job is queued or running."""
    while any(_jobs_in(url, state) for state in ("queued", "running")):
        time.sleep(_PAUSE_SECONDS)


def count_by_state(url: str) -> dict[str, int]:
    """Jobs by state, from the metrics."""
    text = _request(url, "GET", "/metrics", b"", {})[1].decode()
    return dict(_series(text))


def _series(text: str) -> Iterator[tuple[str, int]]:
    for line in text.splitlines():
        if line.startswith("imgdiff_jobs{"):
            state = line.partition('state="')[2].partition('"')[0]
            yield state, int(float(line.rpartition(" ")[2]))


def _jobs_in(url: str, state: str) -> bool:
    return bool(json.loads(_request(url, "GET", f"/v1/jobs?state={state}&page_size=1", b"", {})[1])["jobs"])


def picture(number: int, seed: int) -> bytes:
    """A small image as PNG; every number shows another scene."""
    patches = np.random.default_rng([seed, number]).integers(0, 256, (6, 8, 3), np.uint8)
    return encode_png(patches.repeat(8, axis=0).repeat(8, axis=1))


def _store(url: str, png: bytes) -> str:
    status, answer = _request(url, "POST", "/v1/assets", *_form_of({"image": png}))
    assert status in {200, 201}, answer
    return str(json.loads(answer)["id"])


def _form(png1: bytes, png2: bytes) -> tuple[bytes, dict[str, str]]:
    return _form_of({"image1": png1, "image2": png2})


def _form_of(files: dict[str, bytes]) -> tuple[bytes, dict[str, str]]:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in files.items()
    ]
    body = b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


def _body(image1: str, image2: str) -> tuple[bytes, dict[str, str]]:
    body = {"image1": {"asset": image1}, "image2": {"asset": image2}}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    return _request(url, "POST", _ROUTE, body, headers)[0]


def _request(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """One request over this thread's connection, which stays open until the gateway closes it; status 0 when broken."""
    open_ones: dict[str, http.client.HTTPConnection] = _LOCAL.__dict__.setdefault("connections", {})
    connection = open_ones.setdefault(url, http.client.HTTPConnection(urlsplit(url).netloc, timeout=120))
    for _ in range(2):  # the gateway closes what was idle for long
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            connection.close()
        except (OSError, http.client.HTTPException):
            connection.close()
            break
    return 0, b"{}"
