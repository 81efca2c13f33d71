"""What an export without a version is pinned to, as one opaque text: its last record, and what was rejected until then.

Rejected pairs are counted as of now, so whoever asks for the same bytes later has to bring the counts along.
"""

from pydantic import ValidationError

from gateway.http import cursors
from imgdiff.datasets import Rejections
from imgdiff.errors import InvalidRequest


def write_pin(through: int, rejections: Rejections | None) -> str:
    """The value of `through` in an export's address."""
    counts = "" if rejections is None else f" {rejections.model_dump_json()}"
    return cursors.encode(f"{through}{counts}")


def read_pin(text: str) -> tuple[int, Rejections | None]:
    """The sequence of the last record, and the counts, which addresses of earlier releases lack.

    Raises InvalidRequest.
    """
    number, _, counts = (cursors.position(text) or "0").partition(" ")
    try:
        return cursors.parse_sequence(number), Rejections.model_validate_json(counts) if counts else None
    except ValidationError as error:
        detail = "not of an export; take the address in `Content-Location` unchanged"
        raise InvalidRequest.at("/query/through", "cursor", detail) from error
