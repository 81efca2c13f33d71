"""Open files, of which each connection takes one."""

import importlib

_SPARE = 512  # files for databases, services, spooled bodies and libraries; chosen, not measured


def allow_files(connections: int) -> int:
    """Let this process open as many files as so many connections need; how many connections it can have."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # Windows has no such limit
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - _SPARE))
