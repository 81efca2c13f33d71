"""The command and the machine of a measurement."""

import os
import platform
import sys


def header(module: str) -> list[str]:
    """Two lines for the head of a report: the command and the machine."""
    machine = platform.processor() or platform.machine()
    return [
        f"command: {' '.join(['python', '-m', module, *sys.argv[1:]])}",
        f"machine: {machine}, {os.cpu_count()} cores, Python {platform.python_version()}",
    ]
