"""The local set with quick services, fragile workers and a proxy before Redis: `... quick_set DATA PORT [DATABASE]`.

Supervisor, gateway, worker and Redis are the real ones, with short leases. Prints a line when it is ready.
"""

import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.chaos import clock
from imgdiff.jobs import StageName
from imgdiff.local import Layout, Supervisor
from imgdiff.local.ports import LOOPBACK, free_ports
from imgdiff.local.probes import RedisProbe
from imgdiff.local.programs import GATEWAY, REDIS, WORKER, Program, local_programs
from imgdiff.local.requirements import require_installed

PATIENCE = 6.0  # seconds of silence before a restart, less than the 20 of `imgdiff serve`, so that more rounds fit
LEASE = 2.0
_ROOT = str(Path(__file__).parents[2])
_SETTINGS = {
    "IMGDIFF_GATEWAY_LEASE_SECONDS": str(LEASE),
    "IMGDIFF_GATEWAY_SWEEP_SECONDS": "0.2",
    "IMGDIFF_GATEWAY_WORKER_CONCURRENCY": "4",
    "IMGDIFF_GATEWAY_RESULT_CACHE_ENTRIES": "0",  # every stage calls its service
    "PYTHONPATH": _ROOT,  # of benchmarks, which no package installs
}


def programs(layout: Layout, port: int, database: str | None) -> list[Program]:
    """Those of the local set, changed, and the proxy."""
    (proxy_port,) = free_ports(1)
    changed = _SETTINGS | clock.settings(layout.run)
    if database is not None:
        changed |= {"IMGDIFF_GATEWAY_DATABASE_URL": database}
    found = {one.name: one for one in local_programs(layout, require_installed(), LOOPBACK, port)}
    asked = found[REDIS].probe
    assert isinstance(asked, RedisProbe)
    for name in (GATEWAY, WORKER):
        url = found[name].settings["IMGDIFF_GATEWAY_REDIS_URL"].replace(f":{asked.port}/", f":{proxy_port}/")
        found[name] = replace(found[name], settings=found[name].settings | changed | {"IMGDIFF_GATEWAY_REDIS_URL": url})
    found[WORKER] = replace(found[WORKER], command=_module("fragile_worker", str(layout.run)))
    for stage in StageName:
        service = found[stage.value]
        number = service.settings[f"IMGDIFF_{stage.upper()}_PORT"]
        command = _module("quick_service", stage.value, number, str(layout.run))
        found[stage.value] = replace(service, command=command, settings=service.settings | _SETTINGS)
    command = _module("proxy", str(proxy_port), str(asked.port))
    proxy = Program("proxy", command, _SETTINGS, layout.log("proxy"), pid_file=layout.pid("proxy"))
    return [found.pop(REDIS), proxy, *found.values()]


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", f"benchmarks.chaos.{name}", *arguments)


def main(data: Path, port: int, database: str | None = None, *, patience: float = PATIENCE) -> None:
    """Run until SIGTERM."""
    layout = Layout(data)
    url = f"http://{LOOPBACK}:{port}"
    with layout.owned():
        supervisor = Supervisor(programs(layout, port, database), f"{url}/readyz", _note, patience=patience)
        supervisor.run(lambda: print("ready", flush=True))


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
