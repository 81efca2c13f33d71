"""A folder for sockets and locks, for packages that ask the environment for one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_NAME = "XDG_RUNTIME_DIR"


@contextmanager
def runtime_folder(folder: str) -> Iterator[None]:
    """The folder is that of the environment in the block, and afterwards what it was before."""
    before = os.environ.get(_NAME)
    os.environ[_NAME] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[_NAME]
        else:
            os.environ[_NAME] = before
