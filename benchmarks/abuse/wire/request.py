"""A request as bytes that no client library would write, and what it is about."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

Fields = list[tuple[str, str | bytes]]


class End(StrEnum):
    """What the client does after its last byte."""

    WAIT = "wait"
    HALF_CLOSE = "half-close"
    RESET = "reset"


@dataclass(frozen=True)
class Target:
    """A gateway as abuses see it: a key where it wants one, and what exists there."""

    host: str
    asset: str
    job: str
    record: str
    batch: str
    image: bytes
    key: str | None = None
    dataset: str = "default"

    @property
    def paths(self) -> tuple[str, ...]:
        """Of resources that exist."""
        return (
            f"/v1/jobs/{self.job}",
            f"/v1/jobs/{self.job}/events",
            f"/v1/jobs/{self.job}/funnel",
            f"/v1/records/{self.record}",
            f"/v1/records/{self.record}/preview",
            f"/v1/records/{self.record}/question",
            f"/v1/assets/{self.asset}",
            f"/v1/batches/{self.batch}",
            f"/v1/batches/{self.batch}/output",
            f"/v1/datasets/{self.dataset}",
            f"/v1/datasets/{self.dataset}/export",
            f"/v1/datasets/{self.dataset}/records",
            f"/v1/datasets/{self.dataset}/statistics",
            "/v1/jobs",
            "/v1/donors",
            "/v1/schemas/record.json",
            "/livez",
        )


@dataclass(frozen=True)
class Abuse:
    """One broken request, and what its client does then; `marker` is what no answer may contain."""

    name: str
    data: bytes
    end: End = End.WAIT
    marker: bytes = field(default=b"/smuggled")


Damage = Callable[[Target, random.Random], Abuse]


def write_request(
    target: Target, line: str | bytes, fields: Iterable[tuple[str, str | bytes]], body: bytes = b""
) -> bytes:
    """A message with the given start line and fields after Host and Authorization."""
    sent: Fields = [("Host", target.host)]
    if target.key is not None:
        sent.append(("Authorization", f"Bearer {target.key}"))
    sent += list(fields)
    head = b"".join(name.encode("latin-1") + b": " + _bytes(value) + b"\r\n" for name, value in sent)
    return _bytes(line) + b"\r\n" + head + b"\r\n" + body


def write_post(
    target: Target, path: str, media_type: str | bytes, body: bytes, *more: tuple[str, str | bytes]
) -> bytes:
    """A POST with a right Content-Length."""
    fields: Fields = [("Content-Type", media_type), ("Content-Length", str(len(body))), *more]
    return write_request(target, f"POST {path} HTTP/1.1", fields, body)


def write_get(target: Target, path: str, *fields: tuple[str, str | bytes]) -> bytes:
    """A GET."""
    return write_request(target, f"GET {path} HTTP/1.1", fields)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")
