"""Submits work to a running local set, disturbs its processes, and counts what became of every accepted job."""

import contextlib
import json
import os
import signal
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import httpx

from benchmarks.chaos.tally import Tally

_PAUSE = 0.05  # seconds between two looks; chosen, not measured
_ENDED = frozenset({"succeeded", "failed", "cancelled", "expired"})


def _no_server() -> None:
    raise TypeError("this set has no database server")


class Driver:
    """Works on one set: its gateway, and the processes whose ids are in its data folder."""

    def __init__(self, url: str, data: Path) -> None:
        self.data = data
        self.url = url
        self.restart_database: Callable[[], None] = _no_server
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def pid(self, name: str) -> int:
        """The process of that name that runs now."""
        file = self.data / "run" / f"{name}.pid"
        while not (text := file.read_text()):  # it is being written
            time.sleep(_PAUSE)
        return int(text)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        os.kill(self.pid(name), signal.SIGKILL)

    def stop(self, name: str) -> None:
        """SIGSTOP: it hangs until somebody kills or continues it."""
        os.kill(self.pid(name), signal.SIGSTOP)

    @contextlib.contextmanager
    def replaced(self, name: str, seconds: float = 120.0) -> Iterator[None]:
        """Wait after the block until another process has this name."""
        before = self.pid(name)
        yield
        self.until(lambda: self.pid(name) != before, seconds)

    def until(self, holds: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait until a condition holds; raises TimeoutError."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"it did not happen within {seconds:g} seconds")
            time.sleep(_PAUSE)

    def submit_pairs(self, count: int, pair: tuple[bytes, bytes]) -> list[str]:
        """Ids of that many accepted comparisons."""
        files = {"image1": pair[0], "image2": pair[1]}
        return [self._submit("/v1/difference-captions", files, {}) for _ in range(count)]

    def submit_syntheses(self, count: int, photo: bytes) -> list[str]:
        """Ids of that many accepted syntheses of one pair, each in a dataset of its own, as none keeps a pair twice."""
        names = [f"chaos-{uuid.uuid4().hex[:12]}" for _ in range(count)]
        forms = [{"operation": "remove", "options": json.dumps({"dataset": name})} for name in names]
        return [self._submit("/v1/syntheses", {"image": photo}, form) for form in forms]

    def finish(self, jobs: Sequence[str], since: float, seconds: float = 300.0, faults: int = 1) -> Tally:
        """What became of the jobs of one round, whose last fault was at `since` (monotonic seconds)."""
        tally = Tally(faults=faults, accepted=len(jobs))
        documents = [self._ended(job, seconds) for job in jobs]
        tally.ended.append(time.monotonic() - since)
        for document in documents:
            records = len(document.get("records") or ()) if document is not None else 0
            state = document["state"] if document is not None else "lost"
            tally.lost += state == "lost"
            tally.failed += state in _ENDED - {"succeeded"}
            tally.succeeded += state == "succeeded" and records == 1
            tally.duplicates += records > 1
        tally.duplicates += self._repeated(set(jobs))
        return tally

    def back(self, jobs: Sequence[str], died: float, unpublished: Sequence[str] = ()) -> list[float]:
        """Seconds from a death (wall clock) to the next start of each stage that it cut or left unpublished; SQLite."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/imgdiff.db?mode=ro", uri=True)) as database:
            asked = f"SELECT started_at, deaths, id FROM stages WHERE job_id IN ({','.join('?' * len(jobs))})"  # noqa: S608
            rows = database.execute(asked, jobs).fetchall()
        starts = [datetime.fromisoformat(at) for at, deaths, stage in rows if at and (deaths or stage in unpublished)]
        return [start.replace(tzinfo=UTC).timestamp() - died for start in starts]

    def deaths(self, job: str) -> int:
        """How often a service or worker died on a job, on SQLite."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/imgdiff.db?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT sum(deaths) FROM stages WHERE job_id = ?", (job,)).fetchone()[0])

    def _repeated(self, jobs: set[str]) -> int:
        """Records beyond the first of each job, as the stored records say."""
        counts: Counter[str] = Counter()
        for record in self._records("default"):
            counts[str(record["job"])] += record["job"] in jobs
        return sum(count - 1 for count in counts.values() if count > 1)

    def _records(self, dataset: str) -> Iterator[dict[str, object]]:
        cursor: dict[str, str] = {}
        while True:
            page = self._patiently("GET", f"/v1/datasets/{dataset}/records", params={"page_size": "200", **cursor})
            if page.status_code == httpx.codes.NOT_FOUND:
                return
            yield from page.json()["records"]
            if not page.json().get("next_cursor"):
                return
            cursor = {"cursor": page.json()["next_cursor"]}

    def _submit(self, path: str, files: dict[str, bytes], form: dict[str, str]) -> str:
        """The id of an accepted job; the same key is sent until there is an answer."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self._patiently("POST", path, files=files, data=form, headers=key)
        if not answer.is_success:
            raise RuntimeError(f"{path} was refused: {answer.text}")
        return str(answer.json()["id"])

    def _ended(self, job: str, seconds: float) -> dict[str, object] | None:
        """The job when it has ended; None when it does not in time, or is unknown."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self._patiently("GET", f"/v1/jobs/{job}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            document: dict[str, object] = answer.json()
            if document.get("state") in _ENDED:
                return document
            time.sleep(_PAUSE)
        return None

    def _patiently(self, method: str, path: str, seconds: float = 120.0, **arguments: object) -> httpx.Response:
        """The answer of a gateway that may be away, be full, or still hold the key of a request that was cut."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = self.http.request(method, path, **arguments)  # type: ignore[arg-type]
                if answer.status_code < 500 and answer.status_code not in {409, 429}:
                    return answer
            if time.monotonic() > end:
                raise TimeoutError(f"no answer to {method} {path} within {seconds:g} seconds")
            time.sleep(4 * _PAUSE)
