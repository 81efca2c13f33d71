"""A request that was answered before is answered from there, as long as what it names is there, on both databases."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from gateway.store.retention import deletion, unused
from gateway.store.tables import AssetRow
from imgdiff.jobs import JobState, StageName
from imgdiff.records import Record
from tests.gateway.pipeline.cache.conftest import Bench, cached

_OWN = {"id", "job", "created_at", "dataset"}  # fields of a record that no other has


def _found(record: Record) -> dict[str, Any]:
    return record.model_dump(exclude=_OWN)


def test_a_second_job_of_the_same_images_calls_no_service_and_has_the_same_record(bench: Bench) -> None:
    first, calls = bench.compare(), bench.calls()
    second = bench.compare(dataset="second")

    assert (second.state, cached(first), cached(second)) == (JobState.SUCCEEDED, [0, 0], [1, 1])
    assert bench.calls() == calls == {"editing": 0, "detection": 1, "captioning": 1}
    assert _found(second.records[0]) == _found(first.records[0])
    assert second.records[0].id != first.records[0].id


def test_a_synthesis_with_the_same_seed_makes_no_pair_again(bench: Bench) -> None:
    bench.script(StageName.EDITING, weights="a", unconfirmed_rounds=1)

    first, calls = bench.synthesise(), bench.calls()
    second = bench.synthesise(dataset="second")

    assert bench.calls() == calls
    assert (cached(first), cached(second)) == ([0, 0, 0], [4, 2, 2])  # two rounds of two pairs
    assert [_found(one) for one in second.records] == [_found(one) for one in first.records]
    assert bench.synthesise(seed=4).stages[0].cached == 0


def test_a_job_that_failed_is_run_again_from_where_it_failed(bench: Bench) -> None:
    bench.script(StageName.CAPTIONING, act="refuse")
    failed = bench.synthesise()
    assert (failed.state, bench.calls()) == (JobState.FAILED, {"editing": 2, "detection": 2, "captioning": 0})

    bench.script(StageName.CAPTIONING)
    again = bench.synthesise()

    assert (len(again.records), cached(again)) == (2, [2, 2, 0])
    assert bench.calls() == {"editing": 2, "detection": 2, "captioning": 2}


def test_what_was_deleted_does_not_come_back(bench: Bench) -> None:
    first = bench.compare()
    with bench.database.writing() as session:
        deletion.delete_record(session, first.records[0].id)

    assert cached(bench.compare()) == [0, 0]


def test_a_pair_whose_images_were_deleted_is_edited_again(bench: Bench) -> None:
    bench.script(StageName.EDITING, weights="a", psnr={"0": 20.0})  # the first round of each pair is not accepted
    bench.synthesise()
    _prune(bench, datetime.now(UTC) + timedelta(hours=1))

    second = bench.synthesise(dataset="second")

    assert (len(second.records), cached(second)) == (2, [2, 4, 2])
    assert bench.calls()["editing"] == 6


def test_a_result_that_is_used_keeps_its_images(bench: Bench) -> None:
    bench.script(StageName.EDITING, weights="a", psnr={"0": 20.0})
    bench.synthesise()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with bench.database.writing() as session:
        session.execute(update(AssetRow).values(created_at=yesterday, used_at=yesterday))

    bench.synthesise(dataset="second")

    assert _prune(bench, datetime.now(UTC) - timedelta(hours=1)) == 0


def test_pruning_at_the_same_time_takes_no_image_from_a_pair(bench: Bench) -> None:
    bench.script(StageName.EDITING, weights="a", psnr={"0": 20.0})
    bench.synthesise()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with bench.database.writing() as session:
        session.execute(update(AssetRow).values(created_at=yesterday, used_at=yesterday))
    ended = threading.Event()

    def prune() -> None:
        while not ended.is_set():
            _prune(bench, datetime.now(UTC) - timedelta(hours=1))

    pruning = threading.Thread(target=prune)
    pruning.start()
    second = bench.synthesise(dataset="second")
    ended.set()
    pruning.join()

    assert len(second.records) == 2
    images = {side.asset for record in second.records for side in (record.image1, record.image2)}
    assert all(bench.assets.has(image) for image in images)


def test_a_pair_whose_image_is_lost_is_edited_again(bench: Bench) -> None:
    lost = bench.synthesise().records[0].image2.asset
    bench.assets.delete(lost)

    second = bench.synthesise(dataset="second")

    assert (len(second.records), cached(second)) == (2, [1, 2, 2])
    assert bench.assets.has(lost)


def _prune(bench: Bench, before: datetime) -> int:
    with bench.database.writing() as session:
        return unused.delete_page(session, bench.assets, before, "").assets
