"""The events of a job as server-sent events: first those that are stored, then new ones until the job ends."""

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi.concurrency import run_in_threadpool

from gateway.http.rendering import render
from gateway.pipeline import job_history
from gateway.store.database import Database
from gateway.store.jobs import events, jobs
from gateway.store.values import Event
from imgdiff.jobs import FINAL

_POLL_SECONDS = 0.2  # between two looks for new events; chosen, not measured
_KEEPALIVE_SECONDS = 10.0  # of silence before a comment keeps proxies from closing; chosen, not measured


async def stream(database: Database, job_id: str, after: int) -> AsyncIterator[str]:
    """The events after a sequence number, which is also their SSE id."""
    sent = time.monotonic()
    while True:
        for event in await run_in_threadpool(read, database, job_id, after):
            after, sent = event.sequence, time.monotonic()
            yield f"id: {event.sequence}\nevent: {event.type}\ndata: {render(event.document)}\n\n"
            if _is_last(event):
                return
        if time.monotonic() - sent > _KEEPALIVE_SECONDS:
            sent = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_POLL_SECONDS)


def limit_to_past(database: Database, job_id: str, after: int) -> int:
    """The sequence number, or that of the job's last event so far: no stream waits for one that is never reached."""
    with database.reading() as session:
        return min(after, events.newest(session, job_id))


def is_complete(database: Database, job_id: str, after: int) -> bool:
    """Whether the job has ended and has no event after this one. Raises NotFound."""
    with database.reading() as session:
        job = jobs.find(session, job_id)
        return job.final and not job_history.read(session, job, after)


def read(database: Database, job_id: str, after: int) -> list[Event]:
    """The events after this one that have happened so far."""
    with database.reading() as session:
        return job_history.read(session, jobs.find(session, job_id), after)


def _is_last(event: Event) -> bool:
    job = event.document["job"]
    return isinstance(job, dict) and job["state"] in FINAL
