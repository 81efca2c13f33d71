"""What both submits share: the job is taken in, then waited for as long as the client prefers."""

import asyncio
import time

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gateway.http.deps import Parts, claim
from gateway.http.replies import answered
from gateway.pipeline.estimates import estimated
from gateway.store import jobs
from gateway.store.requests import JobRequest
from gateway.store.views import view
from imgdiff.jobs import Job

_LOOK_SECONDS = 0.05
_LONGEST_LOOK_SECONDS = 0.5


async def submitted(parts: Parts, request: JobRequest, key: str | None, wait: float) -> Response:
    """202 with the job, or 200 with the finished one if it ends in time."""
    wanted = claim(key, f"POST {request.kind.value}", request.model_dump(mode="json"))
    answer = await run_in_threadpool(parts.submissions.submit, request, wanted)
    if wait > 0:
        job = await _ended(parts, str(answer.body["id"]), wait)
        if job is not None:
            headers = {**answer.headers, "Preference-Applied": f"wait={wait:g}"}
            return JSONResponse(job.model_dump(mode="json"), 200, headers)
    return answered(answer)


def current(parts: Parts, job_id: str, *, with_records: bool = True) -> Job:
    """The job now; raises NotFound."""
    with parts.database.reading() as session:
        row = jobs.find(session, job_id)
        return estimated(session, view(session, row, with_records=with_records), row)


async def _ended(parts: Parts, job_id: str, seconds: float) -> Job | None:
    until = time.monotonic() + seconds
    pause = _LOOK_SECONDS
    while True:
        job = await run_in_threadpool(current, parts, job_id, with_records=False)
        if job.final:
            return await run_in_threadpool(current, parts, job_id)
        left = until - time.monotonic()
        if left <= 0:
            return None
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.2, _LONGEST_LOOK_SECONDS)
