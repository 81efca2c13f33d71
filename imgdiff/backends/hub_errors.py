"""What the hub's client raises, as errors that name the setting and say what to do."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from imgdiff.backends.hub_names import HubName
from imgdiff.errors import WeightsCorrupt, WeightsUnavailable

INSTALL = "pip install 'imgdiff[gpu]'"


@contextmanager
def explain_failures(name: HubName, prefix: str) -> Iterator[None]:
    """Whatever the hub's client or a download raises, with the prefix: WeightsUnavailable or WeightsCorrupt."""
    from huggingface_hub.errors import HFValidationError, HTTPError  # type: ignore[attr-defined]  # noqa: PLC0415

    try:
        yield
    except (WeightsUnavailable, WeightsCorrupt) as error:
        raise type(error)(f"{prefix}{error.detail}") from error
    except HFValidationError as error:
        raise WeightsUnavailable(f"{prefix}{name.repository} is no name of the hub: {error}") from error
    except (OSError, HTTPError) as error:
        raise WeightsUnavailable(f"{prefix}{_explain(error, name)}") from error


def _explain(error: Exception, name: HubName) -> str:
    from huggingface_hub import errors  # noqa: PLC0415  of the extra `gpu`

    repository = name.repository
    known: dict[type[Exception], str] = {  # the first that fits
        errors.GatedRepoError: gated(repository),
        errors.RevisionNotFoundError: f"{repository} has no revision {name.revision}; without it the newest is taken",
        errors.RepositoryNotFoundError: (
            f"the hub has no {repository}, or it is private: check the name, "
            "or set HF_TOKEN to a token that may read it"
        ),
        errors.RemoteEntryNotFoundError: f"{repository} has no such file: {_first_line(error)}",
    }
    found = next((text for kind, text in known.items() if isinstance(error, kind)), None)
    return found or _explain_system(error, repository)


def _explain_system(error: Exception, repository: str) -> str:
    """Errors of the network and of the disk."""
    number = error.errno if isinstance(error, OSError) else None
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return no_space(repository)
    if number in {errno.EACCES, errno.EROFS, errno.EPERM}:
        return f"{cache_folder()} cannot be written: set HF_HOME to a folder that can"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"the hub limits requests for {repository}: wait, or set HF_TOKEN"
    return f"{repository} is not available: {_first_line(error)}"


def gated(repository: str) -> str:
    """What to do about a repository whose licence must be accepted."""
    return (
        f"{repository} is gated: accept its licence on its page https://huggingface.co/{repository}, "
        "and set HF_TOKEN to a token of that account"
    )


def no_space(repository: str, needed: int = 0, free: int = 0) -> str:
    """What to do about a full disk; sizes in bytes, 0 where unknown."""
    sizes = f": {needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB free" if needed else ""
    return (
        f"no space for {repository} in {cache_folder()}{sizes}; free some, or set HF_HOME to a folder of a larger disk"
    )


def cache_folder() -> str:
    """The hub's cache on this machine; it is known without the client, too."""
    try:
        from huggingface_hub import constants  # noqa: PLC0415  of the extra `gpu`
    except ImportError:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        home = os.environ.get("HF_HOME") or Path(caches) / "huggingface"
        return os.environ.get("HF_HUB_CACHE") or str(Path(home) / "hub")
    return str(constants.HF_HUB_CACHE)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
