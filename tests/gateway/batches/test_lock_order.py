"""The feeder, requests and uploads lock in one order, so that they wait for one another and are never deadlocked."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text, update

from gateway.batches.feeder import Feeder
from gateway.store import assets, datasets
from gateway.store.batches.images import use_images
from gateway.store.batches.tables import BatchLineRow
from gateway.store.database import Database, Session
from gateway.store.jobs import jobs
from gateway.store.library import donors
from gateway.store.values import JobRequest
from imgdiff.datasets import Donor, DonorView
from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Operation
from tests.gateway.batches.feeding import ASSET, add_batch, make_request, read_batch

EARLIER = "sha256:" + "0" * 64
Lock = Callable[[Session], object]


def test_a_feeder_and_a_request_of_a_new_dataset_wait_for_one_another(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 1)

    _feed_between(
        feeder,
        database,
        lambda session: datasets.ensure(session, Options().dataset),
        lambda session: assets.use(session, [ASSET]),
    )

    assert read_batch(database, batch).started == 1


def test_a_feeder_and_an_upload_of_the_same_images_wait_for_one_another(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 2)
    with database.writing() as session:
        assets.add(session, EARLIER, 64, 48, 100)
        ours = BatchLineRow.batch == batch.sequence, BatchLineRow.line == 2
        request = make_request(EARLIER).model_dump(mode="json")
        session.execute(update(BatchLineRow).where(*ours).values(request=request))

    _feed_between(
        feeder, database, lambda session: use_images(session, [EARLIER]), lambda session: use_images(session, [ASSET])
    )

    assert read_batch(database, batch).started == 2


def test_a_feeder_that_draws_a_donor_and_a_request_wait_for_one_another(feeder: Feeder, database: Database) -> None:
    batch = add_batch(database, 1)
    fields = SynthesisFields(operation=Operation.ADD, replacement="cup", seed=1)
    request = JobRequest(kind=JobKind.SYNTHESIS, options=Options(), image=ASSET, fields=fields)
    with database.writing() as session:
        assets.add(session, EARLIER, 64, 48, 100)
        donors.add(session, _donor(EARLIER))
        datasets.ensure(session, Options().dataset)
        ours = BatchLineRow.batch == batch.sequence
        session.execute(update(BatchLineRow).where(ours).values(request=request.model_dump(mode="json")))

    _feed_between(
        feeder, database, lambda session: assets.use(session, [EARLIER]), lambda session: assets.use(session, [ASSET])
    )

    assert read_batch(database, batch).started == 1
    with database.reading() as session:
        (job,) = jobs.before(session, None, 10, None)
    assert [donor.asset for donor in job.request.donors] == [EARLIER]


def _donor(asset: str) -> Donor:
    return Donor(
        id=f"don_{0:032x}",
        asset=asset,
        label="cup",
        box=(8, 8, 40, 40),
        pixels=1024,
        share=0.3,
        view=DonorView(aspect=1.0, cut_off=False, parts=None, occluded=None),
        source="a drawing",
        licence="CC0-1.0",
        created_at=datetime.now(UTC),
    )


def _feed_between(feeder: Feeder, database: Database, first: Lock, second: Lock) -> None:
    """Feed while a transaction holds the first lock and takes the second only once the feeder waits."""
    feeding = threading.Thread(target=feeder.feed)
    with database.writing() as session:
        first(session)
        feeding.start()
        while not database.is_sqlite and not _someone_waits(database):
            pass
        second(session)
    feeding.join()


def _someone_waits(database: Database) -> bool:
    with database.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
