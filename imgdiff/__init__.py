"""imgdiff: where two images differ and what changed, in boxes and sentences, each with its evidence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgdiff.client import AsyncClient as AsyncClient
    from imgdiff.client import Client as Client

__version__ = "0.1.0"
__all__ = ["AsyncClient", "Client", "__version__"]


def __getattr__(name: str) -> object:
    """The clients, imported only when somebody asks: gateway and services need none of it."""
    if name in {"AsyncClient", "Client"}:
        from imgdiff import client  # noqa: PLC0415  see above

        return getattr(client, name)
    raise AttributeError(f"module 'imgdiff' has no attribute {name!r}")
