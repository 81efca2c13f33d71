"""What a measurement was made with."""

import os
import platform
import sys


def header(module: str) -> list[str]:
    """The command and the machine, a line each."""
    machine = platform.processor() or platform.machine()
    return [
        f"command: {' '.join(['python', '-m', module, *sys.argv[1:]])}",
        f"machine: {machine}, {os.cpu_count()} cores, Python {platform.python_version()}",
    ]
