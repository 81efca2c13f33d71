"""The funnel of jobs with rejected, repeated, failed, cancelled and accepted pairs, through real processes."""

from dataclasses import dataclass

from imgdiff.funnel import Funnel, Step
from imgdiff.jobs import Job, JobState
from tests.gateway.funnel.sums import adds_up


@dataclass(frozen=True)
class Ended:
    """Jobs of one dataset that ended in every way, and its funnel while the last two were running."""

    made: Job
    similar: Job
    contradicted: Job
    failed: Job
    running: Funnel


def _run_jobs(stage, png: bytes) -> Ended:
    stage.script("editing", refuse=[1], psnr={"0": 20.0})
    made = stage.client.synthesize("remove", png, count=4, wait_seconds=120, dataset="mine")
    stage.script("editing")
    stage.script("detection", against=["pair.too_similar"])
    similar = stage.client.synthesize("remove", png, count=2, wait_seconds=120, dataset="mine")
    stage.script("detection")
    stage.script("captioning", change="added")
    contradicted = stage.client.synthesize("remove", png, count=1, wait_seconds=120, dataset="mine")
    stage.script("captioning")
    stage.client.compare(png, png, wait_seconds=120, dataset="mine")
    stage.script("detection", act="fail")
    failed = stage.client.wait(stage.client.submit(png, png, dataset="mine").id, wait_seconds=120)
    stage.script("detection", seconds=60)
    cancelled = stage.client.submit_synthesis("remove", png, count=2, dataset="mine")
    stage.until(lambda: stage.client.funnel(cancelled.id).made == 2)
    stage.script("editing", seconds=60)
    large = stage.client.submit_synthesis("remove", png, count=20, dataset="mine")
    running = stage.client.funnel("mine")
    for job in (cancelled, large):
        stage.client.cancel(job.id)
    return Ended(made, similar, contradicted, failed, running)


def test_every_pair_is_counted_once_where_it_ended(stage, png: bytes) -> None:
    ended = _run_jobs(stage, png)
    running = ended.running
    whole = stage.client.funnel("mine")

    assert (len(ended.made.records), len(ended.similar.records), len(ended.contradicted.records)) == (3, 0, 0)
    assert ended.failed.state is JobState.FAILED
    adds_up(whole)
    adds_up(running)
    assert (whole.jobs, whole.ordered, whole.given, whole.made) == (7, 29, 2, 8)
    counts = dict.fromkeys(("asked", "survived", "dropped", "open", "failed", "cancelled", "unknown"), 0)
    counts |= {"asked": 31, "survived": 4, "dropped": 4, "failed": 1, "cancelled": 22}
    assert whole.totals.model_dump() == counts
    assert (running.totals.open, running.steps[0].pairs.open, running.steps[1].pairs.open) == (22, 20, 2)
    steps = {step.step: step.pairs for step in whole.steps}
    assert steps[Step.EDITING].dropped == {"edit.target_not_found": 1}
    assert steps[Step.IMAGE_SIMILARITY].dropped == {"pair.too_similar": 2}
    assert (steps[Step.IMAGE_SIMILARITY].failed, steps[Step.IMAGE_SIMILARITY].cancelled) == (1, 2)
    assert steps[Step.EDITING].cancelled == 20
    assert steps[Step.RECORD].dropped == {"edit.contradicted": 1}
    assert whole.records == {"different": 4}
    assert whole.tries.needed == {1: 1, 2: 3}
    assert whole.tries.again == {"edit.outside_changed": 3, "pair.too_similar": 4, "edit.contradicted": 2}

    stricter = stage.client.funnel("mine", thresholds={"edit.outside_changed": 10.0, "region.no_evidence": 0.9})
    adds_up(stricter)
    assert stricter.what_if.totals.survived == 0  # every region scores 0.8
    _metrics_agree(stage.http.get("/metrics").text)


def _metrics_agree(metrics: str) -> None:
    for line in (
        "imgdiff_pairs_asked_total 31.0",
        "imgdiff_pairs_made_total 8.0",
        "imgdiff_pairs_accepted_total 4.0",
        'imgdiff_pairs_rejected_total{code="pair.too_similar"} 2.0',
        'imgdiff_records_total{verdict="different"} 4.0',
        "imgdiff_funnel_jobs_uncounted 0.0",
    ):
        assert line in metrics, metrics
