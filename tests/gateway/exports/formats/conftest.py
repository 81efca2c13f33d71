"""Formats read a source alone, so they are tested on one database; routes and sources are tested on both."""

from pathlib import Path

import pytest


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{tmp_path}/imgdiff.db"
