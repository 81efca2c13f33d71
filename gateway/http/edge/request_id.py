"""The id of the request that this thread or task works for; every log line carries it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
