"""Events by content negotiation: asked for by `Accept`, one or several in a body, described in OpenAPI."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request, Response

from gateway.http.negotiation import choose
from imgdiff.cloudevents.documents import EVENT_MEDIA_TYPE, EVENTS_MEDIA_TYPE, CloudEvent
from imgdiff.errors import NotAcceptable

VARY = {"Vary": "Accept"}  # the header of every answer that has two forms


def wants_event(accept: str | None) -> bool:
    """Whether the client prefers an event to the document; one that accepts neither gets the document."""
    return _prefers(accept, EVENT_MEDIA_TYPE, "application/json")


def wants_events(request: Request, otherwise: str = "application/json") -> bool:
    """Whether the client prefers a list of events."""
    return _prefers(request.headers.get("accept"), EVENTS_MEDIA_TYPE, otherwise)


def to_reply(event: CloudEvent, headers: Mapping[str, str] | None = None) -> Response:
    """One event in structured mode."""
    return Response(event.model_dump_json(), media_type=EVENT_MEDIA_TYPE, headers={**VARY, **(headers or {})})


def to_list(events: Iterable[CloudEvent], request: Request, cursor: str | None = None) -> Response:
    """Several events; `Link` names the next page (RFC 8288), which begins at the cursor."""
    headers = dict(VARY)
    if cursor is not None:
        following = request.url.include_query_params(cursor=cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    body = ",".join(event.model_dump_json() for event in events)
    return Response(f"[{body}]", media_type=EVENTS_MEDIA_TYPE, headers=headers)


def event_content(model: type[CloudEvent]) -> dict[str, Any]:
    """The `content` of a route that answers with one event, too."""
    return {EVENT_MEDIA_TYPE: {"schema": _refer(model)}}


def events_content(model: type[CloudEvent]) -> dict[str, Any]:
    """The `content` of a route that answers with a list of events, too."""
    return {EVENTS_MEDIA_TYPE: {"schema": {"type": "array", "items": _refer(model)}}}


def _refer(model: type[CloudEvent]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _prefers(accept: str | None, media_type: str, otherwise: str) -> bool:
    try:
        return choose(accept, (otherwise, media_type)) == media_type
    except NotAcceptable:
        return False
