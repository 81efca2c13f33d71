"""What an earlier version wrote is read after the migration, and after the way back."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from gateway.store.engine import Database
from gateway.store.migration import _config, migrate
from gateway.store.requests import JobRequest

_NULLS = '"image1": null, "image2": null, "image": null, "fields": null'
OLD = '{"kind": "difference-captions", "options": {}, ' + _NULLS + ', "donor": %s}'
PHOTO = f"sha256:{0:064x}"


@pytest.mark.parametrize(("donor", "donors"), [("null", ()), (f'"{PHOTO}"', (PHOTO,))])
def test_a_job_of_the_first_tables_keeps_its_request(tmp_path: Path, donor: str, donors: tuple[str, ...]) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    with database.writing_connection() as connection:
        command.upgrade(_config(connection), "0001")
        now = "2026-01-01 00:00:00"
        connection.execute(
            text("INSERT INTO datasets (name, description, created_at) VALUES ('d', '', :now)"), {"now": now}
        )
        connection.execute(
            text(
                "INSERT INTO jobs (id, kind, state, dataset, request, created_at) VALUES ('j', 'k', 's', 'd', :r, :now)"
            ),
            {"r": OLD % donor, "now": now},
        )

    migrate(database)
    with database.writing_connection() as connection:
        new = JobRequest.model_validate_json(connection.execute(text("SELECT request FROM jobs")).scalar_one())
        command.downgrade(_config(connection), "0001")
        old = connection.execute(text("SELECT request FROM jobs")).scalar_one()
    database.close()

    assert new.donors == donors
    assert f'"donor": {donor}' in old
    assert "donors" not in old
