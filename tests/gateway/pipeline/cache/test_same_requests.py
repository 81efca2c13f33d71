"""Which requests are the same: those of the same tenant, images, options and models, answered by what can be read."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from gateway.store.results import entries
from gateway.store.tables import StageRow
from imgdiff.jobs import Job, StageName
from tests.gateway.pipeline.cache.conftest import Bench, cached


@pytest.fixture
def database_url(new_sqlite: str) -> str:
    """SQLite alone: what is the same does not depend on the database."""
    return new_sqlite


OTHERS: dict[str, Callable[[Bench], Job]] = {
    "images": lambda bench: bench.compare((10, 91)),
    "sides": lambda bench: bench.compare((90, 10)),
    "options": lambda bench: bench.compare(align=False),
    "tenant": lambda bench: bench.compare(tenant="acme"),
    "wish": lambda bench: bench.compare(fresh=True),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_request_is_asked_for(bench: Bench, other: str) -> None:
    bench.compare()

    assert cached(OTHERS[other](bench))[0] == 0
    assert bench.calls()["detection"] == 2


def test_a_new_result_that_was_wished_for_answers_from_then_on(bench: Bench) -> None:
    bench.compare()
    bench.script(StageName.DETECTION, weights="a", same=True)

    assert bench.compare().records[0].verdict == "different"
    assert bench.compare(fresh=True).records[0].verdict == "same"
    assert bench.compare().records[0].verdict == "same"


def test_another_model_is_asked_and_the_earlier_one_answers_when_it_is_back(bench: Bench) -> None:
    bench.compare()

    bench.start(weights="b")
    assert cached(bench.compare()) == [0, 0]
    bench.start(weights="a")
    assert cached(bench.compare()) == [1, 1]


def test_another_version_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.compare()

    monkeypatch.setattr("services.serving.revision.__version__", "99.0.0")
    bench.start()

    assert cached(bench.compare()) == [0, 0]


def test_a_service_without_digests_of_its_models_is_asked_each_time(bench: Bench) -> None:
    bench.start(weights=None)

    assert [cached(bench.compare()) for _ in range(2)] == [[0, 0], [0, 0]]
    with bench.database.reading() as session:
        assert entries.count(session) == 0


def test_without_room_for_entries_every_service_is_asked(bench: Bench) -> None:
    bench.start(most=0)

    assert [cached(bench.compare()) for _ in range(2)] == [[0, 0], [0, 0]]


@pytest.mark.parametrize("damage", ['{"regions": 1}', "{}", '"text"'])
def test_a_damaged_result_is_made_anew(bench: Bench, damage: str) -> None:
    bench.compare()
    with bench.database.writing() as session:
        session.execute(update(StageRow).where(StageRow.name == "detection").values(result=damage))

    assert cached(bench.compare()) == [0, 1]
    assert cached(bench.compare()) == [1, 1]
