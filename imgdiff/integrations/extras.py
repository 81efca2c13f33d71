"""Packages that only one integration needs: where one is missing, the error names the extra to install."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def require_extra(extra: str, needed_by: str) -> Iterator[None]:
    """Around imports of optional packages: raise ImportError naming the extra when one fails."""
    try:
        yield
    except ImportError as error:
        raise ImportError(f"{needed_by} needs the extra `{extra}` (pip install 'imgdiff[{extra}]'): {error}") from error
