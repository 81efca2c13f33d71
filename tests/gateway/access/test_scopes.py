"""The scope that each route needs."""

from collections.abc import Iterator

import httpx
from fastapi.routing import APIRoute, iter_route_contexts

from gateway.access.principal import Scope
from gateway.access.scopes import ANYBODY, NEEDED, Route, scope_for
from gateway.app import create_app


def _routes() -> Iterator[Route]:
    for found in iter_route_contexts(create_app().routes):
        if isinstance(found.route, APIRoute):
            for method in found.methods or ():
                yield method, str(found.path)


def test_every_route_has_its_scope_and_the_table_no_line_without_a_route() -> None:
    routes = {route for route in _routes() if route[0] not in {"HEAD", "OPTIONS"}}

    assert routes == NEEDED.keys() | ANYBODY
    assert not NEEDED.keys() & ANYBODY


def test_head_needs_what_get_does() -> None:
    assert scope_for("HEAD", "/v1/batches/{id}") is Scope.READ
    assert scope_for("HEAD", "/livez") is None


def test_a_route_that_nobody_declared_needs_the_highest_scope() -> None:
    assert scope_for("GET", "/v1/new") is Scope.ADMIN


def test_what_changes_something_needs_more_than_to_read() -> None:
    assert {method for (method, _), scope in NEEDED.items() if scope is Scope.READ} == {"GET"}
    assert {path for (method, path), scope in NEEDED.items() if method == "DELETE" and scope is Scope.WRITE} == {
        "/v1/jobs/{id}",
        "/v1/batches/{id}",
    }


def test_without_keys_everybody_may_do_everything(client: httpx.Client) -> None:
    assert client.get("/v1/datasets").status_code == 200
    assert client.post("/v1/assets/prune").status_code == 200
