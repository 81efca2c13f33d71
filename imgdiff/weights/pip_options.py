"""How the user's pip reaches its index: address, certificate bundle and proxy, asked of pip itself."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class PipOptions:
    """What is configured; None for what is not, or where there is no pip."""

    index_url: str | None = None
    cert: str | None = None
    proxy: str | None = None


def pip_options() -> PipOptions:
    """From `PIP_*` and pip's configuration files."""
    options: dict[str, str] = {}
    for line in _pip("config", "list").splitlines():
        section, _, option = line.partition(".")
        name, _, value = option.partition("=")
        if section in {":env:", "global"}:  # pip lists them in this order, in which the first one wins
            options.setdefault(name, ast.literal_eval(value))
    return PipOptions(options.get("index-url"), options.get("cert"), options.get("proxy"))


def default_index() -> str | None:
    """The index that pip uses when none is configured; its help is the only place where pip states it."""
    found = re.search(r"--index-url.*?\(default (\S+?)\)", _pip("download", "--help"), re.DOTALL)
    return found[1] if found else None


def _pip(*arguments: str) -> str:
    """What pip prints, unwrapped; nothing where it is not installed."""
    command = [sys.executable, "-m", "pip", *arguments]
    environment = os.environ | {"COLUMNS": "1000"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout  # noqa: S603
