"""`python -m gateway` starts from its settings alone and stops on SIGTERM."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from imgdiff.local.ports import free_ports

IMAGE = (Path(__file__).parents[2] / "examples" / "before.jpg").read_bytes()


def test_the_process_serves_logs_json_and_stops_on_sigterm(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = {
        "IMGDIFF_GATEWAY_PORT": str(port),
        "IMGDIFF_GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path}/data/imgdiff.db",
        "IMGDIFF_GATEWAY_ASSETS_URL": (tmp_path / "assets").as_uri(),
        "IMGDIFF_GATEWAY_LOG_JSON": "true",
        "IMGDIFF_GATEWAY_HEAD_SECONDS": "0.5",
    }
    command = [sys.executable, "-m", "gateway"]
    with subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.PIPE, text=True) as process:
        until = time.perf_counter() + 120
        while not _lives(port):
            assert process.poll() is None
            assert time.perf_counter() < until
            time.sleep(0.05)
        httpx.get(f"http://127.0.0.1:{port}/v1/datasets", headers={"X-Request-Id": "one-of-ours"})
        stored = httpx.post(f"http://127.0.0.1:{port}/v1/assets", files={"image": IMAGE})
        with socket.create_connection(("127.0.0.1", port), timeout=30) as silent:
            assert silent.recv(1) == b""  # closed
        series = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=120)

    assert process.returncode in {0, -signal.SIGTERM}
    assert 'imgdiff_gateway_connections_closed_total{cause="late"} 1.0' in series
    assert "imgdiff_gateway_connections 1.0" in series
    assert stored.is_success, stored.text
    written = [path for folder in ("data", "assets") for path in (tmp_path / folder, *(tmp_path / folder).rglob("*"))]
    assert {"imgdiff.db", stored.json()["id"].rpartition(":")[2]} <= {path.name for path in written}
    assert {path.stat().st_mode & 0o077 for path in written} == {0}  # nobody else may read or write any of it
    assert '"request_id": "one-of-ours", "message": "GET \'/v1/datasets\' 200' in log


def _lives(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez").is_success
    except httpx.TransportError:
        return False
