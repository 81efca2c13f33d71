"""Print the OpenAPI document: `python -m gateway.snapshot > tests/contracts/openapi.json`."""

import json

from gateway.app import create_app


def snapshot() -> str:
    """The OpenAPI document as the tests compare it."""
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False)


if __name__ == "__main__":
    print(snapshot())
