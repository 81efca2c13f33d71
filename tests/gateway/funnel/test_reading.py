"""Facts from the store are what the pipeline decided."""

from dataclasses import replace

import pytest

from gateway.funnel.reading import facts
from gateway.store.database import Database
from gateway.store.jobs.histories import Selection, histories
from imgdiff.jobs import JobKind
from tests.gateway.funnel.scenarios import Scenario, run, simulate


@pytest.mark.parametrize("scenario", [Scenario(1, pairs=3), Scenario(2, JobKind.DIFFERENCE_CAPTIONS, pairs=1)])
def test_a_stored_job_reads_as_the_same_job_without_a_database(database: Database, scenario: Scenario) -> None:
    with database.writing() as session:
        job = run(session, scenario)
    with database.reading() as session:
        stored = [facts(history) for history in histories(session, Selection(jobs=[job]))]

    simulated = [facts(history) for history in simulate(scenario)]
    assert stored == [replace(one, job=job, sequence=number) for number, one in enumerate(simulated, 1)]
