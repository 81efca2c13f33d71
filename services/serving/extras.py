"""Optional dependencies: a backend that lacks one names the extra to install."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def require_extra(extra: str, needed_by: str) -> Iterator[None]:
    """Around imports of optional packages: raise ValueError naming the extra when one fails."""
    try:
        yield
    except (ImportError, RuntimeError) as error:  # torchvision built for another torch raises RuntimeError
        message = f"{needed_by} needs the extra `{extra}` (pip install 'imgdiff[{extra}]'): {error}"
        raise ValueError(message) from error
