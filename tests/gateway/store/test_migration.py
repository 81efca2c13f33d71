"""Rows of an earlier version are readable after an upgrade, and after a downgrade."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from gateway.pipeline import states
from gateway.pipeline.job_history import read
from gateway.pipeline.job_view import view
from gateway.store import assets, datasets, records
from gateway.store.counts.images import image_bytes
from gateway.store.database import Database
from gateway.store.finding import reading
from gateway.store.finding.filters import RecordFilter
from gateway.store.jobs import jobs
from gateway.store.library import donors as library
from gateway.store.library.donors import DonorFilter
from gateway.store.migration import alembic_config, migrate
from gateway.store.order import waiting
from gateway.store.owners import OWNS
from gateway.store.values import JobRequest
from imgdiff.datasets import Donor
from imgdiff.jobs import JobEvent, JobState, StageName, StageState
from imgdiff.records import Record

_NULLS = {"image1": None, "image2": None, "image": None, "fields": None, "donor": None}
_NEW = {"tenant": "default", "account": None, "lane": 0, "cost": 1, "pairs": 1, "start_by": None}  # columns of jobs
_FIELDS = {"operation": "remove", "count": 3, "seed": 1}
CONTRACTS = Path(__file__).parents[2] / "contracts"
_NOW = "2026-01-01 00:00:00+00:00"
PHOTO = f"sha256:{0:064x}"


@pytest.fixture
def old(bare_database_url: str) -> Iterator[Database]:
    """The first tables, with one dataset."""
    database = Database(bare_database_url)
    with database.writing_connection() as connection:
        command.upgrade(alembic_config(connection), "0001")
    _insert(database, "datasets", name="default", description="", created_at=_NOW)
    yield database
    database.close()


def _insert(database: Database, table: str, **values: Any) -> None:
    row = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in values.items()}
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    with database.writing_connection() as connection:
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)  # noqa: S608  constants of this file


def _job(database: Database, number: int, kind: str, state: str, **request: Any) -> str:
    """A job as the first version wrote it, with its first stage in the same state."""
    job = f"job_{number:032x}"
    settled = {"kind": kind, "options": {}, **_NULLS, **request}
    _insert(database, "jobs", id=job, kind=kind, state=state, dataset="default", request=settled, created_at=_NOW)
    name = "editing" if kind == "synthesis" else "detection"
    if kind != "synthesis":
        _insert(database, "pairs", job_id=job, pair=0)
    lease = {"token": "t", "lease_until": _NOW} if state == "running" else {}
    counts = {"pair": 0, "attempts": 0, "deferrals": 0}
    _insert(database, "stages", id=f"stg_{number}", job_id=job, name=name, state=state, due_at=_NOW, **counts, **lease)
    path = f"/v1/jobs/{job}"
    document = {
        "id": job,
        "kind": kind,
        "state": state,
        "created_at": "2026-01-01T00:00:00Z",
        "progress": 0.0,
        "stages": [{"name": name, "state": state, "attempts": 0}],
        "links": {"self": path, "events": f"{path}/events", "cancel": path},
    }
    _insert(database, "events", job_id=job, type="state", document={"type": "state", "job": document}, created_at=_NOW)
    return job


@pytest.mark.parametrize(("donor", "donors"), [(None, ()), (PHOTO, (PHOTO,))])
def test_a_job_of_the_first_tables_keeps_its_request(old: Database, donor: str | None, donors: tuple[str, ...]) -> None:
    _job(old, 1, "difference-captions", "succeeded", donor=donor)

    migrate(old)
    with old.writing_connection() as connection:
        new = JobRequest.model_validate(_request(connection.execute(text("SELECT request FROM jobs")).scalar_one()))
        command.downgrade(alembic_config(connection), "0001")
        back = _request(connection.execute(text("SELECT request FROM jobs")).scalar_one())

    assert tuple(one.asset for one in new.donors) == donors
    assert back["donor"] == donor
    assert "donors" not in back


def _request(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def test_a_job_with_marked_objects_has_whole_photos_after_a_downgrade(old: Database) -> None:
    migrate(old)
    box = [1, 1, 9, 9]
    marked = [{"id": f"don_{number:032x}", "asset": PHOTO, "box": box} for number in range(2)]
    _job(old, 1, "synthesis", "queued", image=PHOTO, donors=marked, fields={**_FIELDS, "target_box": box})

    with old.writing_connection() as connection:
        command.downgrade(alembic_config(connection), "0003")
        back = _request(connection.execute(text("SELECT request FROM jobs")).scalar_one())

    assert (back["donors"], back["fields"]) == ([PHOTO], _FIELDS)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_unfinished_synthesis_is_ended_with_a_reason(old: Database, state: str) -> None:
    job = _job(old, 1, "synthesis", state, fields=_FIELDS, image=PHOTO)

    migrate(old)

    with old.reading() as session:
        ended = view(session, jobs.find(session, job))
        last = JobEvent.model_validate(read(session, jobs.find(session, job), 1)[-1].document, strict=False).job
    with old.writing() as session:
        assert states.begin(session, "stg_1", 30) is None
    for seen in (ended, last):
        assert seen.state is JobState.FAILED
        assert seen.finished_at is not None
        assert seen.stages[0].state is StageState.CANCELLED
        assert seen.error is not None
        assert "earlier version" in seen.error.detail
        assert "submit it again" in seen.error.detail


def test_an_ended_synthesis_and_an_unfinished_pair_stay_as_they_are(old: Database) -> None:
    synthesis = _job(old, 1, "synthesis", "succeeded", fields=_FIELDS, image=PHOTO)
    _job(old, 2, "difference-captions", "queued")

    migrate(old)

    with old.writing() as session:
        assert jobs.find(session, synthesis).state == JobState.SUCCEEDED
        assert jobs.find(session, synthesis).error is None
        assert states.begin(session, "stg_2", 30) is not None


def test_jobs_survive_the_drop_of_the_unread_column_and_its_return(old: Database) -> None:
    _job(old, 1, "difference-captions", "queued")
    columns = "SELECT * FROM jobs"

    migrate(old)
    with old.writing_connection() as connection:
        after = connection.execute(text(columns)).mappings().one()
        command.downgrade(alembic_config(connection), "0002")
        before = connection.execute(text(columns)).mappings().one()
        command.upgrade(alembic_config(connection), "head")

    assert "cancel_requested_at" not in after
    assert {**after, "cancel_requested_at": None} == {**before, **_NEW}
    with old.writing() as session:
        assert states.begin(session, "stg_1", 30) is not None


def test_records_of_an_earlier_version_are_counted_and_filtered(old: Database) -> None:
    with old.writing_connection() as connection:
        command.upgrade(alembic_config(connection), "0004")
    stored = [_record(old, number, name) for number, name in enumerate(["record", "record_v1", "record"], 1)]
    for number in (1, 2):
        asset = {"id": f"sha256:{number:064x}", "media_type": "image/png", "size": 10 * number, "created_at": _NOW}
        _insert(old, "assets", **asset, width=1, height=1)
    with old.writing_connection() as connection:
        images = {"one": f"sha256:{1:064x}", "two": f"sha256:{2:064x}"}
        connection.execute(text("UPDATE pairs SET image1 = :one, image2 = :two"), images)

    migrate(old)

    with old.reading() as session:
        assert set(session.execute(text("SELECT scene FROM records")).scalars()) == {images["one"]}

    region = next(one for one in stored[0].regions if one.kept and one.label1)
    with old.reading() as session:
        described, size = datasets.describe(session, "default"), image_bytes(session, "default", 9)
        found = [
            reading.after(session, RecordFilter("default", **condition), 0, 9).records
            for condition in ({"label": region.label1}, {"change": region.change}, {"min_confidence": 0.0})
        ]
    assert (described.verdicts, size) == ({"different": 3}, 90)
    assert [list(one) for one in found] == [stored, stored, [one for one in stored if one.confidence is not None]]


def test_donors_of_an_earlier_version_are_found_by_the_plurals_of_this_one(old: Database) -> None:
    with old.writing_connection() as connection:
        command.upgrade(alembic_config(connection), "0004")
    asset = {"id": PHOTO, "media_type": "image/png", "size": 1, "created_at": _NOW}
    _insert(old, "assets", **asset, width=64, height=64)
    row = {"id": f"don_{0:032x}", "asset": PHOTO, "label": "tie", "category": "house", "pixels": 1600, "share": 0.1}
    row |= {"source": "a drawing", "licence": "CC0-1.0"}
    view = {"aspect": 1.0, "cut_off": False, "parts": 1, "occluded": None}
    donor = Donor.model_validate({**row, "box": (0, 0, 40, 40), "created_at": _NOW, "view": view})
    row |= {"cut_off": False, "outlined": False, "document": donor.model_dump(mode="json")}
    _insert(old, "donors", **row)

    migrate(old)

    with old.reading() as session:
        for condition in (DonorFilter(label="ties"), DonorFilter(category="house")):
            assert [found for _, found in library.after(session, condition, 0, 9)] == [donor]


def test_new_records_and_versions_do_not_hinder_a_downgrade(old: Database) -> None:
    migrate(old)
    stored = _record(old, 1, "record", confidence=0.5)
    _insert(old, "regions", sequence=1, dataset="default", change="removed", label="dog")
    document = {"dataset": "default", "name": "v1"}
    version = {"dataset": "default", "name": "v1", "through": 1, "image_bytes": 0, "created_at": _NOW}
    _insert(old, "versions", **version, document=document, dataset_document=document)

    with old.writing_connection() as connection:
        command.downgrade(alembic_config(connection), "0004")
        before = connection.execute(text("SELECT * FROM records")).mappings().one()
        command.upgrade(alembic_config(connection), "head")

    assert "confidence" not in before
    with old.reading() as session:
        assert records.get(session, stored.id) == stored
        assert datasets.describe(session, "default").records == 1


def _record(database: Database, number: int, name: str, **columns: Any) -> Record:
    """A golden record as a database stores it, with its job and pair."""
    job = _job(database, number, "difference-captions", "succeeded")
    golden = json.loads((CONTRACTS / f"{name}.json").read_text())
    document = {**golden, "id": f"rec_{number:032x}", "job": job, "dataset": "default"}
    row = {"id": document["id"], "job_id": job, "pair": 0, "dataset": "default", "verdict": document["verdict"]}
    _insert(database, "records", **row, created_at=_NOW, document=document, **columns)
    return Record.model_validate_json(json.dumps(document))


def test_numbers_of_an_earlier_version_are_not_given_again(old: Database) -> None:
    for number in (1, 2):
        _record(old, number, "record")
    migrate(old)
    with old.writing_connection() as connection:
        for table in ("regions", "records"):
            connection.execute(text(f"DELETE FROM {table} WHERE sequence = 2"))  # noqa: S608  constants
    _record(old, 3, "record")

    with old.reading() as session:
        assert list(session.execute(text("SELECT sequence FROM records ORDER BY sequence")).scalars()) == [1, 3]
        if old.is_sqlite:
            assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]


def test_all_that_was_there_before_tenants_belongs_to_the_default_one(old: Database) -> None:
    with old.writing_connection() as connection:
        command.upgrade(alembic_config(connection), "0014")
    asset = {"id": PHOTO, "media_type": "image/png", "size": 1, "created_at": _NOW}
    _insert(old, "assets", **asset, width=64, height=64)
    _insert(old, "fingerprints", number=7, fingerprint="0" * 64, scene=PHOTO)
    record = _record(old, 1, "record")

    migrate(old)

    with old.reading() as session:
        for kind, one in (("job", record.job), ("record", record.id)):
            assert OWNS[kind](session, "default", one)
        assert [one.name for one in datasets.after(session, "", 9)] == ["default"]
        assert assets.find_held(session, PHOTO, "default").id == PHOTO
        assert session.execute(text("SELECT number, tenant FROM fingerprints")).all() == [(7, "default")]
        assert [jobs.before(session, None, 9, None, "acme"), datasets.after(session, "", 9, "acme")] == [[], []]


def test_a_downgrade_that_would_show_everybody_a_tenants_data_is_refused(old: Database) -> None:
    migrate(old)
    with old.writing() as session:
        datasets.ensure(session, "acme/photos")

    with pytest.raises(RuntimeError, match="would show everybody all of"), old.writing_connection() as connection:
        command.downgrade(alembic_config(connection), "0014")

    with old.reading() as session:
        assert [one.name for one in datasets.after(session, "", 9, "acme")] == ["photos"]


def test_a_stage_that_waits_is_its_tenants_after_the_upgrade(old: Database) -> None:
    with old.writing_connection() as connection:
        command.upgrade(alembic_config(connection), "0021")
    job = _job(old, 1, "difference-captions", "queued")
    with old.writing_connection() as connection:
        connection.execute(text("UPDATE jobs SET tenant = 'acme'"))
        connection.execute(text("UPDATE stages SET enqueued_at = due_at"))

    migrate(old)

    with old.reading() as session:
        (head,) = waiting.heads(session, StageName.DETECTION)
    assert (head.tenant, head.lane, head.cost, head.job_id) == ("acme", 0, 1, job)
