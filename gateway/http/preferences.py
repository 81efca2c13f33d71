"""The Prefer header (RFC 7240): `wait` lets a client wait for a job instead of polling it."""

import re
from typing import Annotated

from fastapi import Depends, Header

from imgdiff.errors import InvalidRequest

MAX_WAIT = 60  # seconds, the usual timeout of a proxy
_WAIT = re.compile(r'wait\s*=\s*"?([^\s"]*)"?', re.IGNORECASE)


def wait_seconds(prefer: str | None) -> float:
    """N of `wait=N`, 0 without it; other preferences are ignored."""
    for preference in re.split(r"[,;]", prefer or ""):
        match = _WAIT.fullmatch(preference.strip())
        if match is None:
            continue
        if not match[1].isdecimal() or int(match[1]) > MAX_WAIT:
            raise InvalidRequest.at("/header/Prefer", "prefer", f"wait must be a whole number, 0..{MAX_WAIT}")
        return float(match[1])
    return 0.0


async def _read_prefer(
    prefer: Annotated[
        str | None,
        Header(description=f"`wait=N`: answer 200 with the finished job if it ends in N <= {MAX_WAIT} seconds."),
    ] = None,
) -> float:
    return wait_seconds(prefer)


WaitSeconds = Annotated[float, Depends(_read_prefer)]
