"""A ticket begins the stage whose turn it is: by lane, by tenant, then the oldest. On both databases."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from gateway.pipeline import states
from gateway.pipeline.order import tickets
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.jobs import jobs, stages
from gateway.store.order import rings
from gateway.store.tables import StageRow
from gateway.store.tenants import dataset_key
from gateway.store.values import Attempt, JobRequest, Lane, Turn
from imgdiff.jobs import JobKind, JobState, StageName, StageState
from imgdiff.options import Options

_NAME = StageName.DETECTION


class _Queue:
    """Waiting pairs of several tenants, and the tickets for them in the order of their submission."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tickets: list[str] = []

    def add(self, tenant: str, count: int, lane: Lane = Lane.SINGLE, cost: int = 1) -> list[str]:
        """Submit so many pairs, a job each; returns the ids of their stages."""
        later = datetime.now(UTC) + timedelta(hours=1)
        with self.database.writing() as session:
            datasets.ensure(session, dataset_key(tenant, "default"))
            request = JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options(), tenant=tenant)
            made = [states.submit(session, request, later, turn=Turn(lane, cost))[1] for _ in range(count)]
        new = [queued.stage_id for stages_ in made for queued in stages_]
        self.tickets += new
        return new

    def begin(self, ticket: str | None = None) -> Attempt | None:
        """What the next ticket begins, or one that is named."""
        with self.database.writing() as session:
            return tickets.begin(session, _NAME, self.tickets.pop(0) if ticket is None else ticket, 30)

    def end(self, attempt: Attempt) -> None:
        with self.database.writing() as session:
            found = states.lock_attempt(session, attempt)
            assert found is not None
            job, stage = found
            stages.succeed(session, stage, "{}")
            states.end(session, job, JobState.SUCCEEDED)

    def run(self, count: int) -> list[tuple[str, int]]:
        """Tenant and lane of so many stages, one after the other."""
        return [self.run_one() for _ in range(count)]

    def run_one(self) -> tuple[str, int]:
        attempt = self.begin()
        assert attempt is not None
        self.end(attempt)
        with self.database.reading() as session:
            row = session.get_one(StageRow, attempt.stage_id)
            return row.tenant, row.lane


@pytest.fixture
def queue(database: Database) -> _Queue:
    return _Queue(database)


def _tenants(ran: Sequence[tuple[str, int]]) -> list[str]:
    return [tenant for tenant, _ in ran]


def test_one_that_comes_with_few_pairs_need_not_wait_for_one_that_has_many(queue: _Queue) -> None:
    queue.add("many", 200)
    queue.run(1)
    queue.add("few", 3)

    assert _tenants(queue.run(6)).count("few") == 3


def test_pairs_of_one_tenant_run_oldest_first(queue: _Queue) -> None:
    ids = queue.add("acme", 5)
    begun = [queue.begin(ticket) for ticket in reversed(ids)]

    assert [attempt.stage_id for attempt in begun if attempt is not None] == ids
    assert queue.begin(ids[0]) is None, "a ticket that finds nothing ends"


def test_larger_images_have_fewer_turns(queue: _Queue) -> None:
    queue.add("large", 30, cost=4)
    queue.add("small", 60)

    ran = Counter(_tenants(queue.run(50)))

    assert ran == {"small": 40, "large": 10}


def test_a_job_by_itself_passes_a_batch_of_the_same_tenant_and_of_others(queue: _Queue) -> None:
    queue.add("acme", 20, Lane.BULK)
    queue.add("other", 20, Lane.BULK)
    queue.run(4)
    queue.add("acme", 1)

    assert ("acme", Lane.SINGLE) in queue.run(2)


def test_a_batch_is_not_starved_by_jobs_that_never_end_to_come(queue: _Queue) -> None:
    queue.add("acme", 3, Lane.BULK)
    queue.add("busy", 17)

    assert Counter(lane for _, lane in queue.run(16)) == {Lane.SINGLE: 14, Lane.BULK: 2}


def test_a_suspect_is_run_by_its_own_ticket_alone(queue: _Queue) -> None:
    first, suspect, last = queue.add("acme", 3)
    with queue.database.writing() as session:
        session.get_one(StageRow, suspect).suspected_at = datetime.now(UTC)

    begun = [queue.begin(ticket) for ticket in (first, last, last)]
    assert [attempt and attempt.stage_id for attempt in begun] == [first, last, None]
    assert queue.begin(suspect) is None, "others run, so it is held"
    with queue.database.reading() as session:
        assert session.get_one(StageRow, suspect).enqueued_at is None


def test_a_stage_that_waits_for_its_pause_is_begun_by_no_ticket_of_others(queue: _Queue) -> None:
    paused, other = queue.add("acme", 2)
    attempt = queue.begin(paused)
    assert attempt is not None
    with queue.database.writing() as session:
        found = states.lock_attempt(session, attempt)
        assert found is not None
        states.defer(session, *found, 10.0)

    begun = queue.begin(paused)

    assert begun is not None
    assert begun.stage_id == other
    assert queue.begin(other) is None


def test_the_turns_cost_one_tenant_one_query_and_no_write(new_sqlite: str) -> None:
    queue = _Queue(Database(new_sqlite))
    queue.add("acme", 3)
    queue.begin()
    statements: list[str] = []
    connection = queue.database.engine.raw_connection()
    connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]
    connection.close()

    queue.begin()
    with_turns = list(statements)
    statements.clear()
    with queue.database.writing() as session:
        states.begin(session, queue.tickets[0], 30)
    by_itself = list(statements)
    queue.database.close()

    assert len(by_itself) > 4
    assert len(with_turns) == len(by_itself) + 1
    assert not any("rings" in statement for statement in with_turns)


def test_a_cancel_while_tickets_are_used_starts_nothing_twice_and_leaves_nothing(queue: _Queue) -> None:
    """Eight threads with all tickets, while others cancel jobs: all stages end, each was begun once at most."""
    ids = [one for tenant in ("a", "b", "c") for one in queue.add(tenant, 20)]
    with queue.database.reading() as session:
        of_stage = {one: session.get_one(StageRow, one).job_id for one in ids}
    begun: list[str] = []
    guard = threading.Lock()

    def use(ticket: str) -> None:
        while True:
            with suppress(tickets.Contended):
                attempt = queue.begin(ticket)
                break
            time.sleep(0.005)
        if attempt is None:
            return
        with guard:
            begun.append(attempt.stage_id)
        with queue.database.writing() as session:
            found = states.lock_attempt(session, attempt)
            if found is not None:
                stages.succeed(session, found[1], "{}")
                states.end(session, found[0], JobState.SUCCEEDED)

    def cancel(stage_id: str) -> None:
        with queue.database.writing() as session:
            states.end(session, jobs.lock(session, of_stage[stage_id]), JobState.CANCELLED)

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(use, one) for one in ids]
        work += [pool.submit(cancel, one) for one in ids[::4]]
        for one in work:
            one.result(timeout=60)

    with queue.database.reading() as session:
        ended = {session.get_one(StageRow, one).state for one in ids}
    assert len(begun) == len(set(begun))
    assert ended <= {StageState.SUCCEEDED, StageState.CANCELLED}


def test_what_others_hold_is_waited_for_and_what_follows_it_is_begun(new_postgres: str) -> None:
    """On PostgreSQL, where two transactions write at a time."""
    database = Database(new_postgres)
    queue = _Queue(database)
    held, free = queue.add("acme", 2)
    with database.writing() as holding:
        jobs.lock(holding, holding.get_one(StageRow, held).job_id)

        begun = queue.begin(held)
        assert begun is not None
        assert begun.stage_id == free
        with pytest.raises(tickets.Contended):
            queue.begin(free)
    last = queue.begin(free)
    assert last is not None
    assert last.stage_id == held
    database.close()


def test_turns_are_kept_apart_by_name_and_lane(queue: _Queue) -> None:
    queue.add("a", 2)
    queue.add("b", 2)
    queue.run(1)

    with queue.database.writing() as session:
        assert dict(rings.lock(session, _NAME).turns[Lane.SINGLE]).keys() == {"a", "b"}
        assert rings.lock(session, StageName.EDITING).turns == {}
