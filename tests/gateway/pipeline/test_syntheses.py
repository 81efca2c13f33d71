"""Syntheses of many pairs: progress, cancellation, recovery, and the same pairs for the same seed."""

import time

from imgdiff.jobs import JobState

_ALL = 64
_SOME = 20  # more than are edited at a time, for tests where the number does not matter


def _submit(stage, png: bytes, count: int = _ALL) -> str:
    return stage.client.submit_synthesis("remove", png, count=count, seed=5).id


def test_progress_and_eta_follow_sixty_four_pairs(stage, png: bytes) -> None:
    stage.script("editing", seconds=0.05)
    job = _submit(stage, png)
    seen = []

    def look() -> bool:
        seen.append(stage.client.job(job))
        return seen[-1].final

    stage.until(look, 120)

    progress = [event.job.progress for event in stage.client.events(job)]
    assert len(seen[-1].records) == _ALL
    assert progress == sorted(progress)
    assert len(set(progress)) > _ALL  # pair by pair, without leaps
    early = [one.eta_seconds for one in seen if 0.2 < one.progress < 0.4]
    late = [one.eta_seconds for one in seen if 0.7 < one.progress < 0.9]
    assert None not in (*early, *late)
    assert min(early) > 0
    assert sum(late) / len(late) < 0.7 * sum(early) / len(early)


def test_a_large_synthesis_does_not_hold_up_other_jobs(stage, png: bytes) -> None:
    stage.script("editing", seconds=0.6)
    large = _submit(stage, png)
    stage.until(lambda: stage.done("editing") >= 2)

    small = stage.client.submit_synthesis("remove", png, count=2, dataset="other").id  # repeats pairs of the large one
    pair = stage.client.compare(png, png, wait_seconds=120)
    ended = stage.client.wait(small, wait_seconds=120)

    assert pair.regions
    assert len(ended.records) == 2
    assert stage.client.job(large).progress < 0.5
    stage.client.cancel(large)


def test_cancelling_stops_the_running_pair_and_the_waiting_ones(stage, png: bytes) -> None:
    stage.script("editing", seconds=60)
    job = _submit(stage, png)
    stage.until(lambda: stage.done("editing", "begun") >= 1)

    stage.client.cancel(job)

    stage.until(lambda: stage.done("editing", "dropped") >= 1)
    time.sleep(1.0)  # each of the pairs on their way is dropped by itself, within 0.4 s
    stage.script("editing")
    stage.client.wait(stage.client.submit_synthesis("remove", png).id, wait_seconds=120)
    assert stage.client.job(job).state is JobState.CANCELLED
    assert stage.done("editing") == 1  # only the pair of the other synthesis


def test_a_synthesis_continues_after_its_editing_service_was_killed(stage, png: bytes) -> None:
    stage.script("editing", seconds=0.1)
    job = _submit(stage, png, _SOME)
    stage.until(lambda: stage.done("editing") >= 5)

    stage.kill("editing")
    stage.start("editing")

    ended = stage.client.wait(job, wait_seconds=120)
    assert [record.source.edit.index for record in ended.records] == list(range(_SOME)), stage.log()


def test_the_same_seed_gives_the_same_bytes(stage, png: bytes) -> None:
    fields = {"count": _SOME, "seed": 3}
    jobs = [stage.client.submit_synthesis("remove", png, dataset=name, **fields) for name in ("mine", "other")]
    first, again = (stage.client.wait(job.id, wait_seconds=120) for job in jobs)

    assert first.id != again.id
    assert [record.image2.asset for record in first.records] == [record.image2.asset for record in again.records]
