"""Whether a gateway may open, as a process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from gateway.access.key_text import new_key
from gateway.access.opening import is_loopback
from tests.ports import reserved_ports

KEY = new_key().text


def _environment(folder: Path, **settings: str) -> dict[str, str]:
    given = {
        "DATABASE_URL": f"sqlite:///{folder}/imgdiff.db",
        "ASSETS_URL": (folder / "assets").as_uri(),
        "HOST": "0.0.0.0",  # noqa: S104  what is tested
    }
    return os.environ | {f"IMGDIFF_GATEWAY_{name}": value for name, value in (given | settings).items()}


def test_an_address_that_others_reach_is_refused_without_keys_and_the_sentence_helps(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway"]
    done = subprocess.run(command, env=_environment(tmp_path), capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 1
    assert "imgdiff gateway: 0.0.0.0 can be reached by others, and there is no API key." in done.stderr
    for way in ("imgdiff keys create", "IMGDIFF_GATEWAY_BOOTSTRAP_KEY", "127.0.0.1", "IMGDIFF_GATEWAY_INSECURE"):
        assert way in done.stderr


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"BOOTSTRAP_KEY": KEY}, (401, 200), id="with a key"),
        pytest.param({"INSECURE": "1"}, (200, 200), id="on purpose", marks=pytest.mark.slow),  # a process of its own
    ],
)
def test_it_starts_with_a_key_or_on_purpose(
    tmp_path: Path, settings: dict[str, str], expected: tuple[int, int]
) -> None:
    with reserved_ports(1) as (port,):
        environment = _environment(tmp_path, PORT=str(port), **settings)
        command = [sys.executable, "-m", "gateway"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            _wait(process, f"http://127.0.0.1:{port}/livez")
            url = f"http://127.0.0.1:{port}/v1/datasets"
            httpx.get(f"{url}/{KEY}", params={"key": KEY})
            answers = (httpx.get(url), httpx.get(url, headers={"Authorization": f"Bearer {KEY}"}))
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=120)

    assert tuple(answer.status_code for answer in answers) == expected
    assert ("no API keys: everybody who reaches" in log) is (expected[0] == 200)
    assert KEY.rsplit("_", 1)[1] not in log
    assert "GET '/v1/datasets'" in log


def _wait(process: "subprocess.Popen[str]", url: str) -> None:
    until = time.monotonic() + 120
    while True:
        assert process.poll() is None
        assert time.monotonic() < until
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104  what is tested
        ("::", False),
        ("", False),
        ("192.168.1.2", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
