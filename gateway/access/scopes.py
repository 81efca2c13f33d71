"""The scope that each route needs: the one table of who may do what."""

from collections.abc import Mapping

from gateway.access.principal import Scope

Route = tuple[str, str]
"""A method and the template of a path, as the OpenAPI document has it."""

ANYBODY: frozenset[Route] = frozenset(
    {("GET", "/"), ("GET", "/docs"), ("GET", "/web/{version}/{path:path}"), ("GET", "/livez"), ("GET", "/readyz")}
)
"""Routes that need no key: probes cannot send one, and the page, which asks for one, holds nothing that is stored."""

NEEDED: Mapping[Route, Scope] = {
    ("GET", "/metrics"): Scope.METRICS,
    ("GET", "/v1/models"): Scope.READ,
    ("GET", "/v1/schemas"): Scope.READ,
    ("GET", "/v1/schemas/{name}.json"): Scope.READ,
    ("POST", "/v1/difference-captions"): Scope.WRITE,
    ("POST", "/v1/syntheses"): Scope.WRITE,
    ("GET", "/v1/jobs"): Scope.READ,
    ("GET", "/v1/jobs/{id}"): Scope.READ,
    ("GET", "/v1/jobs/{id}/events"): Scope.READ,
    ("GET", "/v1/jobs/{id}/funnel"): Scope.READ,
    ("DELETE", "/v1/jobs/{id}"): Scope.WRITE,  # cancels; whoever may submit a job may stop it
    ("GET", "/v1/dead-letters"): Scope.READ,
    ("GET", "/v1/dead-letters/{id}"): Scope.READ,
    ("POST", "/v1/dead-letters/{id}/replay"): Scope.WRITE,
    ("DELETE", "/v1/dead-letters/{id}"): Scope.ADMIN,
    ("POST", "/v1/batches"): Scope.WRITE,
    ("GET", "/v1/batches"): Scope.READ,
    ("GET", "/v1/batches/{id}"): Scope.READ,
    ("PATCH", "/v1/batches/{id}"): Scope.WRITE,
    ("DELETE", "/v1/batches/{id}"): Scope.WRITE,  # cancels, as for a job
    ("GET", "/v1/batches/{id}/output"): Scope.READ,
    ("GET", "/v1/batches/{id}/errors"): Scope.READ,
    ("POST", "/v1/assets"): Scope.WRITE,
    ("GET", "/v1/assets/{id}"): Scope.READ,
    ("GET", "/v1/assets/{id}/thumbnail"): Scope.READ,
    ("POST", "/v1/assets/prune"): Scope.ADMIN,
    ("GET", "/v1/datasets"): Scope.READ,
    ("POST", "/v1/datasets"): Scope.WRITE,
    ("GET", "/v1/datasets/{name}"): Scope.READ,
    ("PATCH", "/v1/datasets/{name}"): Scope.WRITE,
    ("DELETE", "/v1/datasets/{name}"): Scope.ADMIN,
    ("GET", "/v1/datasets/{name}/records"): Scope.READ,
    ("GET", "/v1/datasets/{name}/export"): Scope.READ,
    ("GET", "/v1/datasets/{name}/funnel"): Scope.READ,
    ("GET", "/v1/datasets/{name}/statistics"): Scope.READ,
    ("GET", "/v1/datasets/{name}/quality"): Scope.READ,
    ("POST", "/v1/datasets/{name}/versions"): Scope.WRITE,
    ("GET", "/v1/datasets/{name}/versions"): Scope.READ,
    ("GET", "/v1/datasets/{name}/versions/{version}"): Scope.READ,
    ("DELETE", "/v1/datasets/{name}/versions/{version}"): Scope.ADMIN,
    ("GET", "/v1/records/{id}"): Scope.READ,
    ("GET", "/v1/records/{id}/question"): Scope.READ,
    ("GET", "/v1/records/{id}/preview"): Scope.READ,
    ("DELETE", "/v1/records/{id}"): Scope.ADMIN,
    ("PATCH", "/v1/records/{id}"): Scope.REVIEW,
    ("GET", "/v1/records/{id}/reviews"): Scope.READ,
    ("DELETE", "/v1/records/{id}/reviews/{number}"): Scope.REVIEW,  # one's own, and nothing is erased
    ("GET", "/v1/webhooks"): Scope.ADMIN,
    ("POST", "/v1/webhooks"): Scope.ADMIN,
    ("GET", "/v1/webhooks/{id}"): Scope.ADMIN,
    ("PATCH", "/v1/webhooks/{id}"): Scope.ADMIN,
    ("DELETE", "/v1/webhooks/{id}"): Scope.ADMIN,
    ("GET", "/v1/webhooks/{id}/secret"): Scope.ADMIN,
    ("POST", "/v1/webhooks/{id}/secret"): Scope.ADMIN,
    ("GET", "/v1/webhooks/{id}/deliveries"): Scope.ADMIN,
    ("POST", "/v1/webhooks/{id}/deliveries/{delivery}/replay"): Scope.ADMIN,
    ("GET", "/v1/donors"): Scope.READ,
    ("POST", "/v1/donors"): Scope.WRITE,
    ("GET", "/v1/donors/{id}"): Scope.READ,
    ("DELETE", "/v1/donors/{id}"): Scope.ADMIN,
}


def scope_for(method: str, path: str) -> Scope | None:
    """The scope that a route needs, null for one that is for anybody.

    HEAD needs what GET does, and OPTIONS nothing, as it lists methods. A route without a line in the table needs ADMIN,
    so that nobody comes in by an oversight.
    """
    route = ("GET" if method == "HEAD" else method, path)
    return None if method == "OPTIONS" or route in ANYBODY else NEEDED.get(route, Scope.ADMIN)
