"""What documents are drawn from: gateways with and without a key over quick services, and the three services."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.abuse.document.trying import try_document
from benchmarks.abuse.trial import Trial
from benchmarks.local_gateway import peak_megabytes
from imgdiff.jobs import StageName
from imgdiff.local.ports import free_ports

_START_SECONDS = 120.0  # for models to be loaded; chosen, not measured
_PAUSE_SECONDS = 0.2  # between two looks; chosen, not measured
_STOP_SECONDS = 60.0  # chosen, not measured


def drawn_trials(seed: int, examples: int, evidence: Path) -> Iterator[Trial]:
    """A trial of each document."""
    for key in (secrets.token_hex(20), None):
        with TemporaryDirectory() as folder, _gateway(Path(folder), key) as url:
            name = f"OpenAPI of the gateway, with{'out' if key is None else ' a'} key"
            yield try_document(name, url, key, seed, examples, evidence)
    for stage in StageName:
        with _service(stage) as (url, pid):
            before = peak_megabytes(pid)
            trial = try_document(f"OpenAPI of {stage.value}", url, None, seed, examples, evidence)
            trial.before, trial.peaks = {stage.value: before}, {stage.value: peak_megabytes(pid)}
            yield trial


@contextmanager
def _gateway(folder: Path, key: str | None) -> Iterator[str]:
    """A set whose services answer at once, so that records, exports and funnels exist while schemathesis walks."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "benchmarks.abuse.document.patient_set", str(folder), str(port)]
    environment = os.environ | ({} if key is None else {"IMGDIFF_GATEWAY_BOOTSTRAP_KEY": key})
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n", "the set did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


@contextmanager
def _service(stage: StageName) -> Iterator[tuple[str, int]]:
    """One model service with its embedded backend."""
    (port,) = free_ports(1)
    environment = os.environ | {f"IMGDIFF_{stage.upper()}_PORT": str(port)}
    command = [sys.executable, "-m", f"services.{stage.value}"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + _START_SECONDS
        try:
            while not _ready(url):
                assert time.monotonic() < until, f"{stage} did not start"
                time.sleep(_PAUSE_SECONDS)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v2/health/ready").is_success
    except httpx.TransportError:
        return False
