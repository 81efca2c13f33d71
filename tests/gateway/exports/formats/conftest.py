"""Formats read a source alone, so they are tested on one database; routes and sources are tested on both."""

import pytest


@pytest.fixture
def database_url(new_sqlite: str) -> str:
    """A SQLite database with the tables."""
    return new_sqlite
