"""What an export without a version is pinned to, as one opaque text.

Rejected pairs are counted as of now, so whoever asks for the same bytes later has to bring the counts along.
"""

from typing import NamedTuple

from pydantic import ValidationError

from gateway.http import cursors
from imgdiff.datasets import Rejections
from imgdiff.errors import InvalidRequest


class Pin(NamedTuple):
    """The sequences of the last record and of the last event of reviews, and what was rejected until then.

    Addresses of earlier releases lack the counts; those from before there were reviews have none.
    """

    through: int
    reviewed: int
    rejections: Rejections | None


def write_pin(through: int, reviewed: int, rejections: Rejections | None) -> str:
    """The value of `through` in an export's address."""
    counts = "" if rejections is None else f" {rejections.model_dump_json()}"
    return cursors.encode(f"{through}-{reviewed}{counts}")


def read_pin(text: str) -> Pin:
    """What such a value names; raises InvalidRequest."""
    numbers, _, counts = (cursors.position(text) or "0").partition(" ")
    through, _, reviewed = numbers.partition("-")
    try:
        rejections = Rejections.model_validate_json(counts) if counts else None
    except ValidationError as error:
        detail = "not of an export; take the address in `Content-Location` unchanged"
        raise InvalidRequest.at("/query/through", "cursor", detail) from error
    return Pin(cursors.parse_sequence(through), cursors.parse_sequence(reviewed or "0"), rejections)
