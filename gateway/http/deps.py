"""What routes ask for in their signatures: the parts of the running gateway, and the rules every request keeps to."""

import re
from dataclasses import dataclass
from typing import Annotated

import httpx
from fastapi import Depends, Header, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from gateway.http.uploads import Intake
from gateway.metrics import GatewayMetrics
from gateway.pipeline.submission import Submissions
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.idempotency import Claim, fingerprint
from gateway.store.objects import AssetStore
from imgdiff.errors import InvalidRequest

MAX_PAGE = 200
_KEY = re.compile(r'"([\x20-\x7e]{1,255})"|([\x21-\x7e]{1,255})')


@dataclass(frozen=True)
class Parts:
    """Everything a running gateway holds open; made and closed by the app's lifespan."""

    settings: GatewaySettings
    database: Database
    assets: AssetStore
    http: httpx.AsyncClient
    metrics: GatewayMetrics
    intake: Intake
    submissions: Submissions


def parts(request: Request) -> Parts:
    """The parts of the app that answers this request."""
    found = request.app.state.parts
    assert isinstance(found, Parts)  # noqa: S101  narrows a type; set once by the lifespan
    return found


def refuse_unknown_query(request: Request) -> None:
    """A misspelt parameter is told, never ignored."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = {field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, params.Query)}
    for name in request.query_params:
        if name not in known:
            detail = f"unknown query parameter; known: {', '.join(sorted(known)) or 'none'}"
            raise InvalidRequest.at(f"/query/{name}", "extra_forbidden", detail)


def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Any string of 1..255 visible characters. The same key with the same request, sent again "
            "within 24 hours, gets the first answer.",
        ),
    ] = None,
) -> str | None:
    """The key without the quotes that its specification asks for."""
    if key is None:
        return None
    match = _KEY.fullmatch(key)
    if match is None:
        raise InvalidRequest.at("/header/Idempotency-Key", "idempotency_key", "must be 1..255 visible characters")
    return match[1] or match[2]


def claim(key: str | None, route: str, request: object) -> Claim | None:
    """The claim of a key on a settled request; None without a key."""
    return None if key is None else Claim(key, route, fingerprint(request))


def page_size(
    page_size: Annotated[
        int, Query(ge=1, description=f"Items on a page; more than {MAX_PAGE} counts as {MAX_PAGE}.")
    ] = 50,
) -> int:
    """The size of a page, cut to the largest there is."""
    return min(page_size, MAX_PAGE)


PartsDep = Annotated[Parts, Depends(parts)]
IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]
PageSize = Annotated[int, Depends(page_size)]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before; left out for the first page.")]
