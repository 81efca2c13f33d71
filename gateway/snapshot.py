"""Print the OpenAPI document: `python -m gateway.snapshot > tests/contracts/openapi.json`."""

import json
from functools import cache

from gateway.app import create_app


@cache
def snapshot() -> str:
    """The OpenAPI document as the tests compare it; once for a process, since it takes most of a second."""
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False)


if __name__ == "__main__":
    print(snapshot())
