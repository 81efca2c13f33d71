"""The totals of ended jobs count each once, also where a scrape fails in the middle or another one comes meanwhile."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from gateway.funnel.ended import EndedJobs
from gateway.store.database import Database
from gateway.store.retention import deletion
from tests.gateway.funnel.scenarios import Scenario, run

_PAIRS = 8


@pytest.fixture
def ended(database: Database) -> Database:
    """A database of two ended scenarios."""
    with database.writing() as session:
        for seed in (1, 2):
            run(session, Scenario(seed, pairs=_PAIRS // 2))
    return database


def _totals(scraped: EndedJobs, database: Database) -> dict[str, float]:
    return {sample.name: sample.value for family in scraped.collect(database) for sample in family.samples}


def test_a_job_is_counted_that_takes_the_place_of_a_deleted_one(ended: Database) -> None:
    scraped = EndedJobs()
    with ended.writing() as session:
        run(session, Scenario(3, pairs=1), "gone")
    before = _totals(scraped, ended)
    with ended.writing() as session:
        deletion.begin(session, "gone")
        while deletion.delete_some(session, "gone"):
            pass
    with ended.writing() as session:  # SQLite gives its sequence to this one
        run(session, Scenario(4, pairs=1), "new")

    assert _totals(scraped, ended)["imgdiff_pairs_asked_total"] == before["imgdiff_pairs_asked_total"] + 1


def test_a_scrape_that_fails_in_the_middle_counts_nothing_twice(ended: Database) -> None:
    whole = _totals(EndedJobs(), ended)
    scraped = EndedJobs()
    chunks: list[str] = []

    def away(*arguments: object) -> None:
        if "FROM pairs" in str(arguments[2]):
            chunks.append(str(arguments[2]))
            if len(chunks) == 2:  # the first ones have been counted
                raise OperationalError("the database is away", None, ConnectionError())

    event.listen(ended.engine, "before_cursor_execute", away)
    with pytest.raises(OperationalError):
        _totals(scraped, ended)

    assert whole["imgdiff_pairs_asked_total"] == _PAIRS
    assert _totals(scraped, ended) == whole


def test_a_scrape_beside_another_ones_count_reports_what_is_known(ended: Database) -> None:
    whole = _totals(EndedJobs(), ended)
    scraped = EndedJobs()
    meanwhile: list[dict[str, float]] = []

    def look(*arguments: object) -> None:
        if "FROM stages" in str(arguments[2]):
            meanwhile.append(_totals(scraped, ended))

    event.listen(ended.engine, "before_cursor_execute", look)

    assert _totals(scraped, ended) == whole
    assert meanwhile
    assert all("imgdiff_pairs_asked_total" not in one for one in meanwhile)
