"""Dependencies that every request passes."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from gateway.app import create_app


def _needed(dependant: Dependant) -> Iterator[Dependant]:
    for one in dependant.dependencies:
        yield one
        yield from _needed(one)


def test_no_dependency_waits_for_a_free_thread() -> None:
    contexts = [one for one in iter_route_contexts(create_app().routes) if getattr(one, "dependant", None)]
    needed = {one.call for context in contexts for one in _needed(context.dependant)}

    assert len(needed) > 5
    assert {one for one in needed if not inspect.iscoroutinefunction(one)} == set()
