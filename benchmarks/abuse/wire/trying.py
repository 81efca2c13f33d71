"""Sends broken requests to a set, several at a time, and looks whether it still works afterwards."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.abuse.sets import Running
from benchmarks.abuse.trial import Trial, is_fault
from benchmarks.abuse.wire.drawing import KINDS, draw_abuses
from benchmarks.abuse.wire.request import Abuse, Target
from benchmarks.abuse.wire.sending import Ending, send

_AT_A_TIME = 8  # connections; chosen, not measured
_AGAIN = "python -m benchmarks.abuse.wire.sending {} {} FILE"
_DATASET = "default"


def find_target(running: Running, image: bytes) -> Target:
    """What exists on the gateway once a pair has been described, of which half is white."""
    address = urlsplit(running.url)
    with running.client(600.0) as http:
        asset = http.post("/v1/assets", files={"image": image}).raise_for_status().json()["id"]
        pair = {"image1": image, "image2": image}
        job = http.post("/v1/difference-captions", files=pair, headers={"Prefer": "wait=60"}).raise_for_status().json()
        batch = http.post("/v1/batches", content=b"", headers={"Upload-Complete": "?0"}).raise_for_status().json()["id"]
    record = job["records"][0]["id"] if job["records"] else "rec_none"
    return Target(address.netloc, asset, job["id"], record, batch, image, running.key, _DATASET)


def try_wire(running: Running, count: int, seed: int, image: bytes, evidence: Path) -> Iterator[Trial]:
    """A trial of each group of abuses."""
    target = find_target(running, image)
    drawn = list(draw_abuses(target, count, seed))
    for group in KINDS:
        trial = Trial(f"abuses of {group}", evidence / group.lower())
        trial.before, began = running.peaks(), time.monotonic()
        known, logged = running.count_jobs(), len(running.errors())
        _send_all(running, [abuse for kind, abuse in drawn if kind == group], trial)
        with running.client() as http:
            http.get("/livez").raise_for_status()
            http.post("/v1/assets", files={"image": image}).raise_for_status()
        trial.jobs = dict(Counter(running.wait_for_jobs()) - Counter(known))
        trial.find_errors(running.errors()[logged:])
        trial.seconds, trial.peaks = time.monotonic() - began, running.peaks()
        yield trial


def _send_all(running: Running, abuses: list[Abuse], trial: Trial) -> None:
    address = urlsplit(running.url)
    host, port = str(address.hostname), int(address.port or 80)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for abuse, ending in zip(abuses, pool.map(lambda one: send((host, port), one), abuses), strict=True):
            trial.note(ending.shown, ending.seconds)
            wrong = judge(abuse, ending)
            if wrong is not None:
                trial.find(wrong, abuse.name, abuse.data, _AGAIN.format(host, port))


def judge(abuse: Abuse, ending: Ending) -> str | None:
    """What should not have happened."""
    if ending.hung:
        return f"no answer within {ending.seconds:.0f} s"
    if any(is_fault(str(status)) for status in ending.statuses):
        return f"answered {ending.statuses}: {ending.received[:600]!r}"
    if 503 in ending.statuses and b"retry-after" not in ending.received.lower():
        return "503 without Retry-After"
    if abuse.marker in ending.received:
        return "a message was smuggled in the body of another"
    return None
