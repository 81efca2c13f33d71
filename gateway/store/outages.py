"""Which errors of a database or a disk pass by themselves, so that the same request may be sent again."""

import sqlite3
from collections.abc import Iterator

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from imgdiff.buckets.disks import disk_trouble
from imgdiff.errors import ServiceUnavailable

_RETRY_SECONDS = 5  # Retry-After; chosen, not measured
_BUSY = "the database is locked by another writer"
_FULL = "the disk of the database is full or does not take what is written"
_SQLITE = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
}
_POSTGRES = {  # by the classes of SQLSTATE; those of a broken connection have none
    "08": "the connection to the database broke",
    "25": "the database is read-only",
    "40": "other requests changed the same rows at the same time",
    "53": "the database lacks disk space, memory or connections",
    "55": "the database does not take connections or its rows are locked",
    "57": "the database is being stopped or restarted",
    "58": "the disk of the database fails",
}


def outage(error: BaseException) -> ServiceUnavailable | None:
    """The error to answer instead, with a time to retry; None for errors that would come again."""
    for one in _causes(error):
        why = _describe(one)
        if why is not None:
            return ServiceUnavailable(f"{why}; send the request again later", retry_after=_RETRY_SECONDS)
    return None


def _describe(error: BaseException) -> str | None:
    match error:
        case NoFreeConnection():
            return "all connections to the database are in use"
        case sqlite3.Error():
            return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        case psycopg.OperationalError(sqlstate=None) | psycopg.InterfaceError(sqlstate=None):
            return "the database cannot be reached"
        case psycopg.Error():
            return _POSTGRES.get((error.sqlstate or "")[:2])
        case _:
            return disk_trouble(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what the driver raised, and what either was raised from."""
    one: BaseException | None = error
    while one is not None:
        if isinstance(one, DBAPIError) and one.orig is not None:
            yield one.orig
        yield one
        one = one.__cause__
