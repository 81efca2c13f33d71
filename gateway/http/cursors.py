"""Opaque cursors: where the next page starts, encoded so that clients do not build them by hand."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from imgdiff.errors import InvalidRequest

Item = TypeVar("Item")


def encode(position: str | int) -> str:
    """The cursor of a position."""
    return base64.urlsafe_b64encode(f"1:{position}".encode()).decode().rstrip("=")


def position(cursor: str | None) -> str | None:
    """The position that a cursor encodes; None for the first page. Raises InvalidRequest."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    version, _, found = text.partition(":")
    if version != "1" or not found or "\0" in found:  # which PostgreSQL's texts cannot hold
        raise _invalid()
    return found


def sequence(cursor: str | None) -> int:
    """The row number that a cursor encodes; 0 for the first page. Raises InvalidRequest."""
    return parse_sequence(position(cursor) or "0")


def cut(found: Sequence[tuple[int, Item]], size: int) -> tuple[tuple[Item, ...], str | None]:
    """A page of at most `size` items and the cursor of the next one; `found` has one more where there is one.

    Each item comes with its sequence number, which is where the page after it starts.
    """
    more = encode(found[size - 1][0]) if len(found) > size else None
    return tuple(item for _, item in found[:size]), more


def parse_sequence(found: str) -> int:
    """The row number in a position. Raises InvalidRequest."""
    if not found.isdecimal() or len(found) > 18:
        raise _invalid()
    return int(found)


def _invalid() -> InvalidRequest:
    return InvalidRequest.at("/query/cursor", "cursor", "not a cursor of this listing; pass `next_cursor` unchanged")
