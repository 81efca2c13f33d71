"""Dependencies that routes name in their signatures: the state of the running app, and common parameters.

All are coroutines, since FastAPI runs others in threads: a probe would wait for one while all of them are busy.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Protocol

import httpx
from fastapi import Depends, Header, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from gateway.access.principal import IN_SCOPE, Accountant, Doorkeeper, JobLimit, Principal
from gateway.access.scopes import scope_for
from gateway.http.intake.uploads import Uploads
from gateway.http.metrics import Collect, GatewayMetrics
from gateway.http.probes import Probes
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.idempotency import Answer, Claim, fingerprint
from gateway.store.objects import AssetStore
from gateway.store.tenants import dataset_key, place_after
from gateway.store.values import JobRequest
from imgdiff.errors import Forbidden, InvalidRequest, NotFound
from imgdiff.jobs import Job, StageName
from imgdiff.requests.names import DEFAULT_TENANT

MAX_PAGE = 200  # items; chosen, not measured
_KEY = re.compile(r'"([\x20-\x7e]{1,255})"|([\x21-\x7e]{1,255})')


class JobService(Protocol):
    """The pipeline as the routes use it."""

    def refuse_when_full(self) -> None:
        """Raise Overloaded when no more jobs are accepted."""

    def submit(self, request: JobRequest, claim: Claim | None, limit: JobLimit | None = None) -> Answer:
        """Submit a job; the stored answer of a claim that was answered before.

        Raises QuotaExceeded when whoever sends it has as many unfinished jobs outside of batches as its limit.
        """

    def replay(self, tenant: str, letter_id: str, claim: Claim | None, limit: JobLimit | None = None) -> Answer:
        """Submit the request of a dead letter again; raises NotFound, or Conflict while a job of it runs."""

    def read(self, job_id: str, *, with_records: bool = True) -> Job:
        """The job now; raises NotFound."""

    def cancel(self, job_id: str) -> Job:
        """Cancel a job that has not ended; raises NotFound."""


@dataclass(frozen=True)
class AppState:
    """Everything that a running gateway holds open; the app's lifespan creates and closes it.

    `services` are the base URLs of the services, `collectors` read the metrics that the database has, `tenant` is whose
    request it is, and whose `uploads` are, `key` the id of the key that it was sent with.
    """

    settings: GatewaySettings
    database: Database
    assets: AssetStore
    http: httpx.AsyncClient
    metrics: GatewayMetrics
    uploads: Uploads
    jobs: JobService
    keys: Doorkeeper
    quotas: Accountant
    services: Mapping[StageName, str]
    probes: Probes
    collectors: Sequence[Collect]
    tenant: str = DEFAULT_TENANT
    key: str | None = None

    @property
    def job_limit(self) -> JobLimit:
        """How many unfinished jobs whoever sends the request may have outside of batches."""
        return self.quotas.job_limit(self.tenant, self.key)


async def principal(request: Request) -> Principal:
    """Who sends the request; everybody while the gateway has no keys."""
    found = request.scope[IN_SCOPE]
    assert isinstance(found, Principal)  # noqa: S101  narrows a type; the middleware sets it
    return found


PrincipalDep = Annotated[Principal, Depends(principal)]


async def app_state(request: Request, principal: PrincipalDep) -> AppState:
    """The state of the app that answers this request, for the tenant that sends it."""
    state, tenant = request.app.state.gateway, principal.tenant
    assert isinstance(state, AppState)  # noqa: S101  narrows a type; the lifespan sets it
    return replace(state, tenant=tenant, key=principal.key, uploads=replace(state.uploads, tenant=tenant))


async def require_scope(request: Request, principal: PrincipalDep) -> None:
    """Raise Forbidden unless the key has the scope that the route needs."""
    route = request.scope.get("route")
    needed = scope_for(request.method, route.path) if isinstance(route, APIRoute) else None
    if needed is not None and not principal.may(needed):
        challenge = f'Bearer realm="imgdiff", error="insufficient_scope", scope="{needed}"'
        detail = (
            f"this needs a key with the scope `{needed}`; yours has {', '.join(sorted(principal.scopes)) or 'none'}"
        )
        raise Forbidden(detail, headers={"WWW-Authenticate": challenge})


async def refuse_unknown_query(request: Request) -> None:
    """Reject unknown query parameters, so that a typo is not silently ignored."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = {field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, params.Query)}
    for name in request.query_params:
        if name not in known:
            detail = f"unknown query parameter; known: {', '.join(sorted(known)) or 'none'}"
            raise InvalidRequest.at(f"/query/{name}", "extra_forbidden", detail)


async def refuse_nul(request: Request) -> None:
    """Reject NUL characters in paths and queries: PostgreSQL's texts have none."""
    if "\0" in request.scope["path"]:
        raise NotFound("no name or id has a NUL character")
    for name, value in request.query_params.multi_items():
        if "\0" in value:
            raise InvalidRequest.at(f"/query/{name}", "nul", "the text contains a NUL character")


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            json_schema_extra={"pattern": f"^({_KEY.pattern})$"},
            description="Any string of 1..255 visible characters. A repeated request with the same key within 24 hours "
            "gets the first answer.",
        ),
    ] = None,
) -> str | None:
    """The key without the quotes that its specification requires."""
    if key is None:
        return None
    match = _KEY.fullmatch(key)
    if match is None:
        raise InvalidRequest.at("/header/Idempotency-Key", "idempotency_key", "must be 1..255 visible characters")
    return match[1] or match[2]


def claim(state: AppState, key: str | None, route: str, request: object) -> Claim | None:
    """The claim that a tenant's key makes for a settled request; None without a key."""
    return None if key is None else Claim(key, place_after(state.tenant, route), fingerprint(request))


async def page_size(
    page_size: Annotated[
        int, Query(ge=1, description=f"Items on a page; {MAX_PAGE} at most, larger values count as {MAX_PAGE}.")
    ] = 50,
) -> int:
    """The size of a page, limited to MAX_PAGE."""
    return min(page_size, MAX_PAGE)


StateDep = Annotated[AppState, Depends(app_state)]


async def dataset_of_path(name: str, state: StateDep) -> str:
    """The key of the tenant's dataset with the name in the path."""
    return dataset_key(state.tenant, name)


DatasetKey = Annotated[str, Depends(dataset_of_path)]
IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]
PageSize = Annotated[int, Depends(page_size)]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the previous page; omit it for the first page.")]
