"""How the user's pip reaches its index: address, certificate bundle and proxy, asked of pip itself."""

import ast
import os
import re
import subprocess
import sys


def option(name: str) -> str | None:
    """One of pip's options, from `PIP_*` or else from its configuration files; None where neither has it."""
    if given := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
        return given
    # not `config get`, since older releases of pip look into one file only
    configured = re.findall(rf"^global\.{name}=(.*)$", _pip("config", "list"), re.MULTILINE)
    return str(ast.literal_eval(configured[-1])) if configured else None


def index_url() -> str | None:
    """The index that pip uses, by whatever it is configured; None without pip."""
    # its help is the only place where pip states the default
    found = re.search(r"--index-url.*?\(default (\S+?)\)", _pip("download", "--help"), re.DOTALL)
    return found[1] if found else None


def _pip(*arguments: str) -> str:
    """What pip prints, unwrapped; nothing where it fails or is not installed."""
    command = [sys.executable, "-m", "pip", *arguments]
    environment = os.environ | {"COLUMNS": "1000"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout  # noqa: S603
