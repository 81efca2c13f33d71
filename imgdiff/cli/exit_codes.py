"""The exit codes: part of the command's contract, listed in its help."""

from enum import IntEnum

from imgdiff.errors import (
    DeadlineExceeded,
    Forbidden,
    IdempotencyMismatch,
    ImgdiffError,
    InvalidImage,
    InvalidRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Overloaded,
    PayloadTooLarge,
    QuotaExceeded,
    ServiceUnavailable,
    Unauthorized,
    UnsupportedMediaType,
    WeightsUnavailable,
    WorkCancelled,
)


class ExitCode(IntEnum):
    """What the command returns to the shell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5
    NOT_IN_TIME = 6
    NOT_ALLOWED = 7
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "the job or a check failed, or an unexpected error occurred",
    ExitCode.USAGE: "the command line is invalid",
    ExitCode.BAD_INPUT: "an image or option was rejected",
    ExitCode.NOT_FOUND: "no such job, batch, record, dataset, bucket or weight file",
    ExitCode.UNAVAILABLE: "no gateway answers, it is overloaded, or a requirement is missing",
    ExitCode.NOT_IN_TIME: "timed out, expired or cancelled",
    ExitCode.NOT_ALLOWED: "the API key is missing or wrong, or does not allow it",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}

_BAD_INPUT = (
    InvalidRequest,
    InvalidImage,
    PayloadTooLarge,
    UnsupportedMediaType,
    NotAcceptable,
    MethodNotAllowed,
    IdempotencyMismatch,
)
_ERRORS: dict[ExitCode, tuple[type[ImgdiffError], ...]] = {
    ExitCode.BAD_INPUT: _BAD_INPUT,
    ExitCode.NOT_FOUND: (NotFound,),
    ExitCode.UNAVAILABLE: (ServiceUnavailable, Overloaded, QuotaExceeded, WeightsUnavailable),
    ExitCode.NOT_IN_TIME: (DeadlineExceeded, WorkCancelled),
    ExitCode.NOT_ALLOWED: (Unauthorized, Forbidden),
}


def exit_code(error: ImgdiffError) -> ExitCode:
    """The exit code for an error."""
    return next((code for code, kinds in _ERRORS.items() if isinstance(error, kinds)), ExitCode.FAILED)


def epilog() -> str:
    """The list for `imgdiff --help`."""
    codes = "; ".join(f"{int(code)} {meaning}" for code, meaning in MEANINGS.items())
    return f"Exit codes: {codes}."
