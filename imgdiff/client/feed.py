"""A job's server-sent events across broken connections: what was seen, where to go on, when it ends."""

from httpx_sse import ServerSentEvent
from pydantic import ValidationError

from imgdiff.client import calls
from imgdiff.client.calls import Call
from imgdiff.client.flows import Deadline, Flow
from imgdiff.client.retries import Retries
from imgdiff.errors import ServiceUnavailable
from imgdiff.jobs import JobEvent

LONGEST_SILENCE = 30.0


class Feed:
    """The state of one reading; the shell owns the connection."""

    def __init__(self, job_id: str, retries: Retries, deadline: Deadline, last_event_id: str | None = None) -> None:
        self._ended = False
        self._job_id = job_id
        self._retries = retries
        self.deadline = deadline
        self._last_event_id = last_event_id
        self._barren = 0  # connections in a row that brought nothing

    def goes_on(self) -> bool:
        """Whether the job's end has not been seen yet."""
        return not self._ended

    def call(self) -> Call[object]:
        """The request that goes on after the last event seen."""
        return calls.events(self._job_id, self._last_event_id, min(LONGEST_SILENCE, self.deadline.left()))

    def take(self, event: ServerSentEvent) -> JobEvent | None:
        """The event's content; None for what this version does not know. Ends the feed with the job."""
        self.deadline.left()
        self._last_event_id = event.id or self._last_event_id
        try:
            taken = JobEvent.model_validate_json(event.data)
        except ValidationError:
            return None
        self._barren = 0
        self._ended = taken.job.final
        return taken

    def broken(self) -> Flow[None]:
        """Pause before the next connection; raises ServiceUnavailable when too many brought nothing."""
        self._barren += 1
        if self._barren >= self._retries.attempts:
            raise ServiceUnavailable(f"the events of {self._job_id} broke off {self._barren} times in a row")
        yield min(self._retries.first_pause * 2.0 ** (self._barren - 1), self.deadline.left())
