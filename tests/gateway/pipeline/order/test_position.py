"""What begins before a job follows the turns of its tenant and its lane."""

from gateway.pipeline.order.position import Ahead, ahead_of
from gateway.store.values import Lane, Waiting


def _waiting(tenant: str, jobs: int, older: int = 0, lane: Lane = Lane.SINGLE, pairs: int = 1) -> Waiting:
    return Waiting(lane, tenant, jobs, jobs * pairs, older, older * pairs)


def test_the_first_job_of_a_tenant_waits_for_one_of_each_other() -> None:
    queued = [_waiting("many", 1000), _waiting("some", 3, pairs=2), _waiting("new", 1)]

    assert ahead_of(Lane.SINGLE, "new", queued) == Ahead(2, 3.0)


def test_the_last_of_many_waits_for_all_of_those_that_have_few() -> None:
    queued = [_waiting("many", 1000, older=999), _waiting("few", 3)]

    assert ahead_of(Lane.SINGLE, "many", queued) == Ahead(1002, 1002.0)


def test_single_jobs_come_before_bulk_but_for_its_share() -> None:
    queued = [_waiting("a", 20), _waiting("b", 15, older=14), _waiting("b", 2, lane=Lane.BULK)]

    assert ahead_of(Lane.BULK, "b", queued) == Ahead(7, 7.0)
    assert ahead_of(Lane.SINGLE, "b", queued) == Ahead(14 + 15 + 2, 31.0)


def test_nothing_is_before_a_job_that_waits_by_itself() -> None:
    assert ahead_of(Lane.SINGLE, "a", [_waiting("a", 1)]) == Ahead(0, 0.0)
