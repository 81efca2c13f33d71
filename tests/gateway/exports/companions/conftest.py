"""Exports with what is beside them, as folders."""

from pathlib import Path

import pytest

from gateway.exports.catalogue import find_exporter
from gateway.settings import GatewaySettings
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.objects import AssetStore
from tests.gateway.exports.dataset import SmallDataset, open_source, write_folder


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: what is beside an export does not depend on the database."""
    return f"sqlite:///{tmp_path}/imgdiff.db"


@pytest.fixture
def folder(small: SmallDataset, tmp_path: Path) -> Path:
    """The small dataset as `jsonl` with images."""
    return write_folder(find_exporter("jsonl"), small.source, tmp_path / "jsonl")


@pytest.fixture
def empty(settings: GatewaySettings, database: Database) -> SmallDataset:
    """A dataset without records."""
    with database.writing() as session:
        datasets.ensure(session, "empty")
    return SmallDataset([], open_source(database, AssetStore(settings.assets_url), "empty"))
