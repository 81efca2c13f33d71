"""The configuration and the files of the set's Redis or Valkey server. The database is the record; these are not."""

import hashlib
import json
import time
from pathlib import Path

from imgdiff.local.layout import Layout, open_private
from imgdiff.local.ports import LOOPBACK

# All that kombu, redis-py and the gateway send, and nothing that reads or changes the server: no CONFIG, DEBUG, MODULE,
# SHUTDOWN, FLUSHALL, KEYS, REPLICAOF. kombu's lock is released by a script, so scripts can be loaded and run.
_RIGHTS = "~* &* +@all -@admin -@dangerous -@scripting +info +evalsha +script|load"
_KEPT = "damaged-"  # how the folders begin that hold what was set aside


def write_config(layout: Layout, port: int, password: str) -> Path:
    """On loopback only, behind a password that stands in no file, with every write in the append-only file."""
    path = layout.redis / "redis.conf"
    digest = hashlib.sha256(password.encode("ascii")).hexdigest()
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"user default on #{digest} {_RIGHTS}",
        f"dir {json.dumps(str(layout.redis))}",
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        "aof-use-rdb-preamble no",  # plain commands, which other releases of Redis and Valkey can read
        'save ""',
        "maxmemory-policy noeviction",
    ]
    path.unlink(missing_ok=True)
    with open_private(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def set_aside(layout: Layout) -> str | None:
    """Move the files that the server may be unable to read into a folder beside them, under their names.

    Returns a sentence about it; None when there are none. Nothing is lost: the gateway's worker publishes every stage
    again that is queued in the database and on no queue.
    """
    found = [path for path in layout.redis.iterdir() if path.name.startswith(("appendonly", "temp-", "dump"))]
    if not found:
        return None
    aside = layout.redis / f"{_KEPT}{time.time_ns()}"
    aside.mkdir(mode=0o700)
    for path in found:
        path.replace(aside / path.name)
    return (
        f"its files, which may be damaged, are set aside in {aside}; "
        "all accepted jobs are in the database and go on, so the folder can be deleted"
    )
