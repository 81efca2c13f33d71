"""Addresses of buckets, and the endpoint that the environment names."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

SCHEME = "s3://"
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Address:
    """A place in a bucket. `prefix` has no slash at its ends; it is empty for the bucket itself."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address s3://BUCKET/PREFIX; raises ValueError for any other text."""
        bucket, _, prefix = text.removeprefix(SCHEME).partition("/")
        if not text.startswith(SCHEME) or not bucket:
            raise ValueError(f"{text!r} is no address of a bucket; write s3://BUCKET/PREFIX")
        return cls(bucket, prefix.strip("/"))

    def key(self, path: str) -> str:
        """The key of a path below the prefix; of an empty path, the start of all of them."""
        return f"{self.prefix}/{path}" if self.prefix else path

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


def is_address(text: str) -> bool:
    """Whether a text is meant as the address of a bucket."""
    return text.startswith(SCHEME)


def environment_endpoint(environment: Mapping[str, str] = os.environ) -> str | None:
    """The endpoint of an S3-compatible store, by AWS' own variables; None for AWS itself."""
    return next((environment[name] for name in _ENDPOINTS if environment.get(name)), None)
