"""Reads a job's server-sent events across reconnections."""

from httpx_sse import ServerSentEvent
from pydantic import ValidationError

from imgdiff.client import calls
from imgdiff.client.calls import Call
from imgdiff.client.flows import Deadline, Flow
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import ServiceUnavailable
from imgdiff.jobs import JobEvent

LONGEST_SILENCE = 30.0  # seconds without an event or heartbeat before reconnecting; chosen, not measured


class Feed:
    """The state of one subscription; the shell owns the connection."""

    def __init__(self, job_id: str, retries: Retries, deadline: Deadline, last_event_id: str | None = None) -> None:
        self._ended = False
        self._job_id = job_id
        self._retries = retries
        self.deadline = deadline
        self._last_event_id = last_event_id
        self._barren = 0  # consecutive connections without an event

    def is_open(self) -> bool:
        """Whether the job's last event is still to come."""
        return not self._ended

    def call(self) -> Call[object]:
        """The request for the events after the last one seen."""
        return calls.events(self._job_id, self._last_event_id, min(LONGEST_SILENCE, self.deadline.left()))

    def accept(self, event: ServerSentEvent) -> JobEvent | None:
        """Parse an event; None if this version does not know it. A final job closes the feed."""
        self.deadline.left()
        self._last_event_id = event.id or self._last_event_id
        try:
            parsed = JobEvent.model_validate_json(event.data)
        except ValidationError:
            return None
        self._barren = 0
        self._ended = parsed.job.final
        return parsed

    def pause(self) -> Flow[None]:
        """Wait before reconnecting; raises ServiceUnavailable after too many connections without an event."""
        self._barren += 1
        if self._barren >= self._retries.attempts:
            raise ServiceUnavailable(f"the events of {self._job_id} were interrupted {self._barren} times in a row")
        yield min(self._retries.first_pause * 2.0 ** (self._barren - 1), self.deadline.left())
