"""Donors are photos of the dataset; its records are not read to draw them."""

from datetime import UTC, datetime

from sqlalchemy import event

from gateway.pipeline.donors import draw_donors
from gateway.store import datasets
from gateway.store.database import Database
from gateway.store.tables import AssetRow, JobRow, PairRow, RecordRow
from gateway.store.values import JobRequest
from imgdiff.jobs import JobKind
from imgdiff.options import Options, SynthesisFields
from imgdiff.records import Operation

_PHOTOS = [f"sha256:{number:064x}" for number in range(13)]


def _records(database: Database, dataset: str, photos: list[str]) -> None:
    """A job of as many pairs as photos, each with its record."""
    now, job = datetime.now(UTC), f"job_{dataset}"
    with database.writing() as session:
        datasets.ensure(session, dataset)
        session.add(JobRow(id=job, kind="synthesis", state="succeeded", dataset=dataset, request={}, created_at=now))
        for photo in photos:
            if session.get(AssetRow, photo) is None:
                asset = {"width": 9, "height": 9, "media_type": "image/png", "size": 1, "created_at": now}
                session.add(AssetRow(id=photo, **asset))
        session.flush()
        for pair, photo in enumerate(photos):
            session.add(PairRow(job_id=job, pair=pair, image1=photo, round=0))
            session.add(
                RecordRow(
                    id=f"rec_{dataset}_{pair}",
                    job_id=job,
                    pair=pair,
                    dataset=dataset,
                    verdict="different",
                    created_at=now,
                    document={},
                )
            )


def _request(dataset: str) -> JobRequest:
    fields = SynthesisFields(operation=Operation.ADD, seed=3)
    return JobRequest(kind=JobKind.SYNTHESIS, options=Options(dataset=dataset), image=_PHOTOS[0], fields=fields)


def test_donors_are_other_photos_of_the_dataset_and_depend_on_the_seed_only(database: Database) -> None:
    _records(database, "mine", _PHOTOS[:4] + _PHOTOS[:2])
    _records(database, "other", _PHOTOS[4:])

    with database.reading() as session:
        first, again = draw_donors(session, _request("mine")), draw_donors(session, _request("mine"))

    assert {donor.asset for donor in first.donors} == set(_PHOTOS[1:4])
    assert first == again
    assert first.drawn_donors


def test_no_record_is_read_to_draw_donors(database: Database) -> None:
    _records(database, "mine", _PHOTOS)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    with database.reading() as session:
        assert len(draw_donors(session, _request("mine")).donors) == 10

    assert [statement for statement in statements if "document" in statement] == []
    assert any("FROM pairs" in statement for statement in statements)
