"""A resource of another tenant is not found, on every route that names one by its id.

Whoever adds a route says here whose its resource is: an app with a route that nobody has thought of does not start.
"""

from collections.abc import Iterable, Mapping, Sequence

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from gateway.http.deps import AppState, StateDep
from gateway.store.owners import OWNS
from imgdiff.errors import NotFound

_OWNED: Mapping[str, str] = {
    "/v1/jobs/{id}": "job",
    "/v1/batches/{id}": "batch",
    "/v1/records/{id}": "record",
    "/v1/assets/{id}": "asset",
    "/v1/donors/{id}": "donor",
    "/v1/webhooks/{id}": "webhook",
    "/v1/dead-letters/{id}": "dead letter",
}
"""What the `id` in a path is."""

_OTHERWISE = ("/v1/datasets/{name}", "/v1/schemas/{name}.json", "/web/{version}/{path:path}")
"""Names that every tenant chooses for itself (`gateway.http.deps.DatasetKey`), and what belongs to nobody."""


async def refuse_foreign(request: Request, state: StateDep) -> None:
    """Raise NotFound for the id of another tenant's resource, as for one that nothing has."""
    route = request.scope.get("route")
    what = _resource(route.path) if isinstance(route, APIRoute) else None
    if what is not None:
        await run_in_threadpool(_require_owned, state, what, request.path_params["id"])


def require_owners(routes: Sequence[BaseRoute]) -> None:
    """Raise ValueError for a route with a parameter in its path of which nobody knows whose it is."""
    for found in iter_route_contexts(routes):
        path = str(found.path) if isinstance(found.route, APIRoute) else ""
        if "{" in path and not _begins(path, (*_OWNED, *_OTHERWISE)):
            raise ValueError(f"whose is the resource of {path}? Add it to gateway/http/ownership.py")


def _resource(path: str) -> str | None:
    return next((what for prefix, what in _OWNED.items() if _begins(path, (prefix,))), None)


def _begins(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


def _require_owned(state: AppState, what: str, resource_id: str) -> None:
    with state.database.reading() as session:
        if not OWNS[what](session, state.tenant, resource_id):
            raise NotFound(f"there is no {what} {resource_id!r}")
