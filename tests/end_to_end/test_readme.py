"""Every command of the README, run as it stands there, in a copy of the repository."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import httpx
import pytest

from tests.wheel import PIP, ROOT, build_wheel

GATEWAY = "http://127.0.0.1:8000"
SLOW = pytest.mark.slow  # a set or an environment of its own, which the other tests of a set do without
FOR_CI = "make check\nmake test\nmake test-slow\n"


def _blocks(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files with the environment that `make test` made; nothing is installed again."""
    assert (ROOT / ".venv/.local").exists(), "make install first"
    folder = tmp_path_factory.mktemp("readme")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in ("pyproject.toml", "constraints.txt"):
        os.utime(folder / name, (0, 0))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def served(copy: Path) -> Iterator[Path]:
    """`make serve`, as the README says, until the tests of this file are done."""
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", 8000)) != 0, "port 8000 must be free"
    with subprocess.Popen(["make", "serve"], cwd=copy, start_new_session=True) as process:
        try:
            until = time.monotonic() + 60
            while not _ready():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            yield copy
        finally:
            os.killpg(process.pid, 15)


def _ready() -> bool:
    try:
        return httpx.get(f"{GATEWAY}/readyz?degraded=false").is_success
    except httpx.TransportError:
        return False


def _run(command: str, folder: Path) -> str:
    result = subprocess.run(["bash", "-ec", command], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, (command, result.stdout, result.stderr)
    return result.stdout


def test_every_block_is_run_here_or_by_ci() -> None:
    demo, serve, curl, commands, ci = _blocks("bash")

    assert (demo, serve, ci) == ("make demo\n", "make serve\n", FOR_CI)
    assert curl.startswith("curl ")
    assert commands.count(".venv/bin/imgdiff ") == len(commands.splitlines()) == 5
    assert (ROOT / ".ci/run").read_text().endswith(FOR_CI)
    assert len(_blocks("python")) == 1


@SLOW
def test_make_demo_shows_captions_and_a_synthesis(copy: Path) -> None:
    output = _run("make demo 2>&1", copy)

    assert "A cup at the top right has been added." in output
    assert "synthesis  succeeded" in output
    assert "everything is stopped" in output


@SLOW
def test_curl_gets_the_record(served: Path) -> None:
    job = json.loads(_run(_blocks("bash")[2], served))

    assert job["state"] == "succeeded"
    assert job["records"][0]["caption"] == "A cup at the top right has been added."


@SLOW
@pytest.mark.parametrize("command", _blocks("bash")[3].splitlines())
def test_a_command_of_imgdiff_works(served: Path, command: str) -> None:
    output = _run(command, served)

    if "compare" in command:
        assert "A cup at the top right" in output
        assert (served / "answer.png").read_bytes().startswith(b"\x89PNG")
    elif "synthesize" in command:
        assert "removed" in output
        assert list(served.glob("pairs-of-photo/*.png"))
    elif "funnel" in command:
        assert "survived" in output
    elif "batch" in command:
        lines = [json.loads(line) for line in (served / "done.jsonl").read_text().splitlines()]
        assert [line["records"][0]["dataset"] for line in lines] == ["mine"]
    else:
        (first, *_) = json.loads((served / "llava/difference_train.json").read_text())
        assert first["conversations"][1]["value"].startswith("A cup at the top right")
        assert (served / "llava" / first["image"]).read_bytes().startswith(b"\xff\xd8")


@SLOW
def test_the_client_prints_the_regions(served: Path) -> None:
    (served / "snippet.py").write_text(_blocks("python")[0])

    assert "added A cup at the top right has been added." in _run(".venv/bin/python snippet.py", served)


@pytest.fixture(scope="module")
def client_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the built wheel and its requirements, and nothing else."""
    folder = tmp_path_factory.mktemp("client")
    wheel = build_wheel(folder)
    python = folder / "venv/bin/python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    install = [*PIP, "--python", python, "install", "--no-compile", "-c", ROOT / "constraints.txt", wheel]
    subprocess.run(install, check=True)
    return python.parent


@SLOW
def test_the_client_alone_installs_only_what_it_imports(client_alone: Path) -> None:
    (packages,) = client_alone.parent.glob("lib/*/site-packages")
    installed = {str(found.metadata["Name"]) for found in metadata.distributions(path=[str(packages)])}

    assert {name.lower().replace("_", "-") for name in installed} == {
        *("imgdiff", "httpx", "httpcore", "h11", "anyio", "idna", "certifi", "httpx-sse"),
        *("pydantic", "pydantic-core", "pydantic-settings", "python-dotenv"),
        *("annotated-types", "typing-extensions", "typing-inspection"),
        *("typer", "annotated-doc", "shellingham", "rich", "markdown-it-py", "mdurl", "pygments"),
    }


@SLOW
def test_the_client_alone_describes_a_pair(served: Path, client_alone: Path) -> None:
    (served / "snippet.py").write_text(_blocks("python")[0])
    command = _blocks("bash")[3].splitlines()[0].removeprefix(".venv/bin/")

    assert "A cup at the top right has been added." in _run(f"{client_alone}/{command}", served)
    assert "added A cup at the top right has been added." in _run(f"{client_alone}/python snippet.py", served)


@SLOW
@pytest.mark.parametrize("command", ["serve", "demo", "models fetch coco-labels"])
def test_the_client_alone_names_the_extra_that_a_command_needs(
    client_alone: Path, command: str, tmp_path: Path
) -> None:
    environment = os.environ | {"IMGDIFF_MODELS_DIR": str(tmp_path)}
    words = [client_alone / "imgdiff", *command.split()]
    result = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode == 5
    assert "pip install 'imgdiff[" in result.stderr
