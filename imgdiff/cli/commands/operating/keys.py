"""`imgdiff keys`: the gateway's own command for its API keys, which needs the gateway's packages."""

import runpy
import sys

import typer

from imgdiff.cli.output import reporting
from imgdiff.errors import ServiceUnavailable
from imgdiff.local.requirements import INSTALL, missing

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_PROGRAM = "gateway.access"  # named and never imported, as the local set's programs are


def keys(context: typer.Context) -> None:
    """Create, list, rotate and revoke API keys, in the gateway's database itself."""
    with reporting("--json" in context.args):
        lacking = missing("gateway")
        if lacking:
            raise ServiceUnavailable(f"not installed: {', '.join(lacking)}; run: {INSTALL}")
    sys.argv[1:] = context.args
    runpy.run_module(_PROGRAM, run_name="__main__", alter_sys=True)
