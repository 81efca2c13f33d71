"""`python -m gateway.snapshot > tests/contracts/openapi.json` writes the OpenAPI document down."""

import json

from gateway.app import create_app


def snapshot() -> str:
    """The OpenAPI document as it is kept in the tests."""
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False)


if __name__ == "__main__":
    print(snapshot())
