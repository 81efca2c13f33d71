"""The Prefer header (RFC 7240): how long a client would rather wait than poll."""

import re
from typing import Annotated

from fastapi import Depends, Header

from imgdiff.errors import InvalidRequest

LONGEST_WAIT = 60
_WAIT = re.compile(r'wait\s*=\s*"?([^\s"]*)"?', re.IGNORECASE)


def wait_seconds(
    prefer: Annotated[
        str | None,
        Header(description=f"`wait=N`: answer 200 with the finished job if it ends in N <= {LONGEST_WAIT} seconds."),
    ] = None,
) -> float:
    """N of `wait=N`, 0 without one; other preferences are none of ours and left alone."""
    for preference in re.split(r"[,;]", prefer or ""):
        found = _WAIT.fullmatch(preference.strip())
        if found is None:
            continue
        if not found[1].isdecimal() or int(found[1]) > LONGEST_WAIT:
            raise InvalidRequest.at("/header/Prefer", "prefer", f"wait must be a whole number, 0..{LONGEST_WAIT}")
        return float(found[1])
    return 0.0


WaitSeconds = Annotated[float, Depends(wait_seconds)]
