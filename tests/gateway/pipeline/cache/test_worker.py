"""Results that are used again, through real processes: what /metrics counts, and workers that die or race."""

from typing import Any

import httpx
import pytest

from imgdiff.jobs import JobState


@pytest.fixture
def acts() -> dict[str, Any]:
    """The models of all services have digests."""
    return {"weights": "a"}


def _metrics(http: httpx.Client) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in http.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.mark.slow  # a lease lapses
def test_a_killed_worker_leaves_what_it_had_done_and_metrics_count_what_was_used(stage, png: bytes) -> None:
    stage.script("captioning", seconds=60)
    first = stage.client.submit(png, png)
    stage.until(lambda: stage.done("captioning", "begun") == 1)
    stage.kill("worker")
    stage.script("captioning")
    stage.start("worker")

    second = stage.client.wait(stage.client.submit(png, png).id, wait_seconds=120)
    third = stage.client.wait(stage.client.submit(png, png).id, wait_seconds=120)

    assert stage.client.wait(first.id, wait_seconds=120).state is JobState.SUCCEEDED
    assert second.stages[0].cached == 1
    assert [status.cached for status in third.stages] == [1, 1]
    assert stage.done("detection") == 1
    hits = 'imgdiff_result_cache_hits_total{stage="detection"}'
    stage.until(lambda: _metrics(stage.http)[hits] == 2)
    found = _metrics(stage.http)
    assert found["imgdiff_result_cache_entries"] == 2
    assert found['imgdiff_result_cache_evicted_total{stage="detection"}'] == 0


def test_a_replayed_synthesis_runs_only_what_is_missing(stage, png: bytes) -> None:
    stage.script("captioning", act="fail")
    job = stage.client.wait(stage.client.submit_synthesis("remove", png, count=2).id, wait_seconds=120)
    stage.script("captioning")

    again = stage.client.wait(_replay_first(stage.http), wait_seconds=120)

    assert (job.state, again.state) == (JobState.FAILED, JobState.SUCCEEDED)
    assert [status.cached for status in again.stages] == [2, 2, 0]
    assert (stage.done("editing"), stage.done("detection")) == (2, 2)


def _replay_first(http: httpx.Client) -> str:
    letter = http.get("/v1/dead-letters").json()["dead_letters"][0]
    return str(http.post(f"/v1/dead-letters/{letter['id']}/replay").raise_for_status().json()["id"])


def test_many_workers_at_once_leave_one_entry_for_one_request(stage, png: bytes) -> None:
    stage.script("detection", seconds=0.5)

    jobs = [stage.client.submit(png, png, dataset=f"of-{number}").id for number in range(6)]

    ended = [stage.client.wait(job, wait_seconds=120) for job in jobs]
    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert {job.records[0].caption for job in ended} == {"The cup is gone."}
    assert _metrics(stage.http)["imgdiff_result_cache_entries"] == 2
