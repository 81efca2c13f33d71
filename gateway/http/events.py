"""Server-sent events of a job: everything that happened to it, then what happens, until its end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from fastapi.concurrency import run_in_threadpool

from gateway.http.deps import Parts
from gateway.store import jobs
from gateway.store.tables import EventRow
from imgdiff.jobs import FINAL

_LOOK_SECONDS = 0.2
_SILENCE_SECONDS = 10.0


async def stream(parts: Parts, job_id: str, after: int) -> AsyncIterator[str]:
    """The events after a sequence number, each with its own; a comment now and then keeps the connection open."""
    spoken = time.monotonic()
    while True:
        for event in await run_in_threadpool(_read, parts, job_id, after):
            after, spoken = event.sequence, time.monotonic()
            yield _message(event)
            if event.document["job"]["state"] in FINAL:
                return
        if time.monotonic() - spoken > _SILENCE_SECONDS:
            spoken = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)


def ended_before(parts: Parts, job_id: str, after: int) -> bool:
    """Whether the job's last event is one the client has; nothing will follow it."""
    with parts.database.reading() as session:
        final = jobs.find(session, job_id).state in FINAL
        return final and not jobs.events_after(session, job_id, after)


def _read(parts: Parts, job_id: str, after: int) -> list[EventRow]:
    with parts.database.reading() as session:
        return list(jobs.events_after(session, job_id, after))


def _message(event: EventRow) -> str:
    return f"id: {event.sequence}\nevent: {event.type}\ndata: {json.dumps(event.document)}\n\n"
