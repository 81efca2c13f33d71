"""Broken request lines and header fields, and values of fields that routes read."""

import random

from benchmarks.abuse.wire.head_values import LINES, METHODS, PATHS, QUERIES, VALUES, VERSIONS
from benchmarks.abuse.wire.request import Abuse, Damage, Target, write_get, write_post, write_request


def _strange_path(target: Target, dice: random.Random) -> Abuse:
    method = dice.choice(("GET", "GET", "HEAD", "DELETE", "OPTIONS", "POST"))
    return Abuse("a strange path", write_request(target, f"{method} {dice.choice(PATHS)} HTTP/1.1", []))


def _strange_query(target: Target, dice: random.Random) -> Abuse:
    return Abuse("a strange query", write_get(target, f"{dice.choice(target.paths)}?{dice.choice(QUERIES)}"))


def _own_query(target: Target, dice: random.Random) -> Abuse:
    """A value of one parameter on the routes that have it."""
    routes = {
        "cursor": ("/v1/jobs", "/v1/batches", "/v1/donors", "/v1/datasets", "/v1/webhooks", "/v1/dead-letters"),
        "threshold": (f"/v1/jobs/{target.job}/funnel", f"/v1/datasets/{target.dataset}/funnel"),
        "report": (f"/v1/jobs/{target.job}/funnel",),
        "top": (f"/v1/datasets/{target.dataset}/statistics",),
        "page_size": ("/v1/jobs", "/v1/donors"),
    }
    query = dice.choice(QUERIES)
    name = query.partition("=")[0]
    of_dataset = (f"/v1/datasets/{target.dataset}/export", f"/v1/datasets/{target.dataset}/records")
    return Abuse(
        "a strange value in a query", write_get(target, f"{dice.choice(routes.get(name, of_dataset))}?{query}")
    )


def _strange_field(target: Target, dice: random.Random) -> Abuse:
    name = dice.choice(list(VALUES))
    return Abuse("a strange field", write_get(target, dice.choice(target.paths), (name, dice.choice(VALUES[name]))))


def _strange_field_of_post(target: Target, dice: random.Random) -> Abuse:
    name = dice.choice(
        ("Prefer", "Idempotency-Key", "traceparent", "X-Request-Id", "Origin", "Expect", "Accept", "Host")
    )
    body = f'{{"image1": {{"asset": "{target.asset}"}}, "image2": {{"asset": "{target.asset}"}}}}'.encode()
    field = name, dice.choice(VALUES[name])
    return Abuse(
        "a strange field of a POST", write_post(target, "/v1/difference-captions", "application/json", body, field)
    )


def _own_field(target: Target, dice: random.Random) -> Abuse:
    """A value of a field on the route that reads it."""
    name, path = dice.choice(
        (
            ("Last-Event-ID", f"/v1/jobs/{target.job}/events"),
            ("If-Match", f"/v1/datasets/{target.dataset}/export"),
            ("Range", f"/v1/datasets/{target.dataset}/export"),
            ("If-None-Match", f"/v1/assets/{target.asset}"),
            ("If-None-Match", f"/v1/jobs/{target.job}"),
            ("Accept", f"/v1/records/{target.record}/preview"),
            ("Accept", f"/v1/jobs/{target.job}"),
            ("Accept", f"/v1/jobs/{target.job}/events"),
        )
    )
    return Abuse("a strange value of a field", write_get(target, path, (name, dice.choice(VALUES[name]))))


def _repeated_field(target: Target, dice: random.Random) -> Abuse:
    name = dice.choice(list(VALUES))
    fields = [(name, dice.choice(VALUES[name])) for _ in range(dice.choice((2, 50)))]
    return Abuse("a field that repeats", write_get(target, dice.choice(target.paths), *fields))


def _strange_method(target: Target, dice: random.Random) -> Abuse:
    line = f"{dice.choice(METHODS)} {dice.choice(target.paths)} HTTP/1.1"
    return Abuse("a strange method", write_request(target, line, []))


def _strange_version(target: Target, dice: random.Random) -> Abuse:
    return Abuse("a strange version", write_request(target, f"GET /livez {dice.choice(VERSIONS)}", []))


def _strange_line(target: Target, dice: random.Random) -> Abuse:
    head = write_get(target, dice.choice(target.paths))[:-2]
    return Abuse("a strange line in the head", head + dice.choice(LINES) + b"\r\n\r\n")


def _flipped(target: Target, dice: random.Random) -> Abuse:
    head = bytearray(write_get(target, dice.choice(target.paths), ("Accept", "*/*"), ("Prefer", "wait=0")))
    for _ in range(dice.randint(1, 4)):
        head[dice.randrange(len(head))] ^= 1 << dice.randrange(8)
    return Abuse("a head with flipped bits", bytes(head))


HEADS: tuple[Damage, ...] = (
    _strange_path,
    _strange_query,
    _own_query,
    _strange_field,
    _strange_field_of_post,
    _own_field,
    _repeated_field,
    _strange_method,
    _strange_version,
    _strange_line,
    _flipped,
)
