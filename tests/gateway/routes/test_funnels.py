"""The funnel of a job and of a dataset adds up, also at other thresholds, on both databases."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.tables import PairRow, RecordRow
from imgdiff.funnel import Funnel, Step
from imgdiff.jobs import JobKind
from tests.gateway.funnel.scenarios import Scenario, run
from tests.gateway.funnel.sums import adds_up

CopyDatabase = Callable[[str, Path], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["sqlite_tables", "postgres_tables"], ids=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, copy_database: CopyDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[str]]]:
    """A database with two syntheses and three uploads of one dataset, and a synthesis of another; and these jobs."""
    scenarios = [
        Scenario(1, pairs=8),
        Scenario(2, sam=True, pairs=4),
        *(Scenario(3 + n, JobKind.DIFFERENCE_CAPTIONS, pairs=1) for n in range(3)),
    ]
    with copy_database(request.getfixturevalue(request.param), tmp_path_factory.mktemp("filled")) as url:
        database = Database(url)
        with database.writing() as session:
            jobs = [
                *(run(session, scenario, "mine") for scenario in scenarios),
                run(session, replace(scenarios[0], seed=9), "other"),
            ]
        database.close()
        yield url, jobs


@pytest.fixture
def database_url(filled: tuple[str, list[str]], copy_database: CopyDatabase, tmp_path: Path) -> Iterator[str]:
    """A copy of it for each test."""
    folder = tmp_path / "filled"
    folder.mkdir()
    with copy_database(filled[0], folder) as url:
        yield url


@pytest.fixture
def jobs(filled: tuple[str, list[str]]) -> list[str]:
    return filled[1]


@pytest.fixture
def client(settings: GatewaySettings, database: Database, serve) -> httpx.Client:  # type: ignore[no-untyped-def]
    url = database.url.render_as_string(hide_password=False)
    client: httpx.Client = serve(create_app(settings.model_copy(update={"database_url": url})))
    return client


def _get(client: httpx.Client, path: str, **params: str | list[str]) -> Funnel:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return Funnel.model_validate_json(answer.content)


def test_the_funnel_of_a_job_counts_its_pairs(client: httpx.Client, database: Database, jobs: list[str]) -> None:
    funnel = _get(client, f"/v1/jobs/{jobs[0]}/funnel")
    with database.reading() as session:
        records = session.query(RecordRow).filter_by(job_id=jobs[0]).count()
        refused = [row.reasons for row in session.query(PairRow).filter_by(job_id=jobs[0]) if row.reasons]

    adds_up(funnel)
    assert (funnel.job, funnel.dataset, funnel.jobs, funnel.ordered, funnel.given) == (jobs[0], "mine", 1, 8, 0)
    assert (funnel.totals.survived, funnel.totals.dropped) == (records, len(refused)) == (records, 8 - records)
    assert funnel.records == ({"different": records} if records else {})
    codes = Counter[str]()
    for step in funnel.steps:
        codes.update(step.pairs.dropped)
    assert set(codes) <= {reason["code"] for reasons in refused for reason in reasons}
    assert funnel.steps[0].pairs.left == funnel.made
    limits = {code: values for step in funnel.steps for code, values in step.thresholds.items()}
    assert (limits["region.limit"], limits["edit.not_found"], limits["edit.too_large"]) == ((5.0,), (0.3,), (0.3,))


def test_a_dataset_is_the_sum_of_its_jobs(client: httpx.Client, jobs: list[str]) -> None:
    whole = _get(client, "/v1/datasets/mine/funnel")
    parts = [_get(client, f"/v1/jobs/{job}/funnel") for job in jobs[:5]]

    for part in (whole, *parts):
        adds_up(part)
    assert (whole.jobs, whole.ordered, whole.given) == (5, 12, 3)
    assert whole.totals.survived == sum(part.totals.survived for part in parts)
    for number, step in enumerate(whole.steps):
        for flow, of in ((step.pairs, "pairs"), (step.regions, "regions")):
            counted = sum((Counter(getattr(part.steps[number], of).dropped) for part in parts), Counter())
            assert flow.dropped == counted


def test_at_other_thresholds_more_survive_or_fewer_or_it_is_unknown(client: httpx.Client, jobs: list[str]) -> None:
    path = "/v1/datasets/mine/funnel"
    looser = _get(client, path, threshold=["edit.not_found:0", "edit.elsewhere:9", "edit.outside_changed:0"])
    stricter = _get(client, path, threshold=["caption.mismatch:0.9", "region.limit:1"])
    same = _get(client, path, threshold="edit.not_found:0.3")

    for one in (looser, stricter, same):
        adds_up(one)
    assert looser.what_if is not None
    assert stricter.what_if is not None
    assert same.what_if is not None
    assert looser.what_if.totals.unknown > 0  # they were rejected before they were captioned
    assert looser.what_if.totals.dropped < looser.totals.dropped
    assert (stricter.what_if.totals.survived, stricter.what_if.totals.unknown) < (stricter.totals.survived, 1)
    assert (same.what_if.totals, same.what_if.regions) == (same.totals, same.regions)
    by_step = {step.step: step for step in stricter.what_if.steps}
    assert by_step[Step.TEXT_MATCH].thresholds == {"caption.mismatch": (0.9,)}


def test_a_report_tries_every_gate_around_its_threshold(client: httpx.Client, jobs: list[str]) -> None:
    funnel = _get(client, f"/v1/jobs/{jobs[0]}/funnel", report="true")
    assert funnel.sweeps is not None
    sweeps = {sweep.code: sweep.points for sweep in funnel.sweeps}

    assert {"region.too_similar", "edit.not_found", "caption.mismatch"} <= set(sweeps)
    for points in sweeps.values():
        (current,) = [point for point in points if point.current]
        assert (current.survived, current.unknown, current.regions) == (funnel.totals.survived, 0, funnel.regions)
    assert [point.threshold for point in sweeps["caption.mismatch"]] == [0.15, 0.2, 0.25, 0.3, 0.35, 0.4]
    assert [point.paper for point in sweeps["caption.mismatch"]] == [False] * 5 + [True]
    known = [point.survived for point in sweeps["caption.mismatch"] if not point.unknown]
    assert known == sorted(known, reverse=True)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("edit.too_large:0.5", "no score is stored"),
        ("nonsense", "no score is stored"),
        ("region.limit:3", "twice"),
        ("region.overlap", "code:value"),
        ("region.overlap:x", "code:value"),
        ("region.overlap:nan", "finite"),
    ],
)
def test_a_threshold_that_cannot_be_tried_is_rejected(
    client: httpx.Client, jobs: list[str], given: str, word: str
) -> None:
    answer = client.get(f"/v1/jobs/{jobs[0]}/funnel", params={"threshold": ["region.limit:3", given]})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/threshold/1")
    assert word in answer.json()["detail"]


def test_a_report_of_too_many_pairs_is_rejected_with_the_limit(
    settings: GatewaySettings, database: Database, jobs: list[str], serve: Callable[[FastAPI], httpx.Client]
) -> None:
    url = database.url.render_as_string(hide_password=False)
    tight = serve(create_app(settings.model_copy(update={"database_url": url, "max_report_pairs": 14})))

    refused = tight.get("/v1/datasets/mine/funnel", params={"report": "true"})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/report")
    assert "at most 14 pairs, and this dataset has 15" in refused.json()["detail"]
    assert _get(tight, "/v1/datasets/mine/funnel").totals.asked == 15
    assert _get(tight, "/v1/datasets/other/funnel", report="true").sweeps
    assert _get(tight, f"/v1/jobs/{jobs[0]}/funnel", report="true").sweeps


@pytest.mark.parametrize("path", ["/v1/jobs/job_nowhere/funnel", "/v1/datasets/nowhere/funnel"])
def test_an_unknown_job_or_dataset_has_no_funnel(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_empty_dataset_has_an_empty_funnel(client: httpx.Client) -> None:
    client.post("/v1/datasets", json={"name": "a"})
    funnel = _get(client, "/v1/datasets/a/funnel", threshold="region.limit:3", report="true")

    adds_up(funnel)
    assert (funnel.totals.asked, funnel.jobs, funnel.sweeps) == (0, 0, ())


def test_metrics_count_every_ended_job_once(client: httpx.Client, database: Database, jobs: list[str]) -> None:
    parts = [_get(client, f"/v1/datasets/{name}/funnel") for name in ("mine", "other")]
    first = client.get("/metrics").text
    with database.writing() as session:
        run(session, Scenario(20, pairs=2), "mine")
    again, third = client.get("/metrics").text, client.get("/metrics").text

    asked, survived = sum(part.totals.asked for part in parts), sum(part.totals.survived for part in parts)
    assert f"\nimgdiff_pairs_asked_total {asked}.0\n" in first
    assert f"\nimgdiff_pairs_accepted_total {survived}.0\n" in first
    dropped = sum((Counter(step.regions.dropped) for part in parts for step in part.steps), Counter[str]())
    for code, number in dropped.items():
        assert f'\nimgdiff_regions_dropped_total{{code="{code}"}} {number}.0\n' in first
    assert f"\nimgdiff_pairs_asked_total {asked + 2}.0\n" in again
    assert f"\nimgdiff_pairs_asked_total {asked + 2}.0\n" in third
