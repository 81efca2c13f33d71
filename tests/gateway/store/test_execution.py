"""A statement that goes to the driver as it is gives what SQLAlchemy gives, values and errors, on both databases."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError

from gateway.store.database import Database, DatabaseUnavailable
from gateway.store.execution import compile_for, execute, table_of
from gateway.store.outages import outage
from gateway.store.tables import AssetRow, DatasetRow

_ASSETS, _DATASETS = table_of(AssetRow), table_of(DatasetRow)
_NOON = datetime(2026, 1, 2, 12, 0, 0, 5000, tzinfo=timezone(timedelta(hours=3)))
_ASSET = {"width": 3, "height": 2, "media_type": "image/png", "size": 2**40, "created_at": _NOON, "lightness": 1.5}
_ADD = insert(_ASSETS)
_ALL = select(_ASSETS).order_by(_ASSETS.c.id)
_ADD_DATASET = insert(_DATASETS)
_DATASET = {"name": "d", "created_at": datetime.now(UTC), "verdicts": {}}
_NAMES = select(_DATASETS.c.name)


def _add(database: Database, *ids: str) -> None:
    with database.writing() as session:
        execute(session, _ADD, [{"id": one, **_ASSET} for one in ids])


def test_every_kind_of_value_comes_back_as_sqlalchemy_gives_it(database: Database) -> None:
    verdicts: dict[str, Any] = {"same": 1, "né": [None, 1.5]}
    with database.writing() as session:
        execute(session, insert(_DATASETS), {"name": "d", "created_at": _NOON, "verdicts": verdicts})
    _add(database, "a")

    with database.reading() as session:
        for statement in (_ALL, select(_DATASETS), select(func.sum(_ASSETS.c.size)), select(func.count())):
            assert [tuple(row) for row in execute(session, statement)] == [
                tuple(row) for row in session.execute(statement)
            ]
        row = execute(session, _ALL).one()
        assert (row.created_at, row.lightness, row.used_at) == (_NOON.astimezone(UTC), 1.5, None)
        assert execute(session, select(_DATASETS.c.verdicts)).scalar_one() == verdicts


def test_values_of_the_statement_itself_are_kept_and_those_of_the_call_are_put_in(database: Database) -> None:
    _add(database, "a", "b", "c")
    statement = select(_ASSETS.c.id, literal(7)).where(_ASSETS.c.width == 3, _ASSETS.c.id >= bindparam("from"))
    with database.reading() as session:
        found = execute(session, statement.order_by(_ASSETS.c.id).limit(bindparam("most")), {"from": "b", "most": 1})

        assert [tuple(row) for row in found] == [("b", 7)]


def test_an_update_names_the_columns_that_it_is_given_and_returns_rows(database: Database) -> None:
    _add(database, "a")
    statement = update(_ASSETS).where(_ASSETS.c.id == bindparam("this")).values(used_at=bindparam("at"))
    with database.writing() as session:
        assert execute(session, statement.returning(_ASSETS.c.id), {"this": "a", "at": _NOON}).scalars().all() == ["a"]
    with database.reading() as session:
        assert execute(session, select(_ASSETS.c.used_at)).scalar() == _NOON


def test_lists_of_any_length_are_looked_for(database: Database) -> None:
    _add(database, "a", "b", "c")
    some = select(_ASSETS.c.id).where(_ASSETS.c.id.in_(bindparam("ids", expanding=True))).order_by(_ASSETS.c.id)
    with database.reading() as session:
        assert execute(session, some, {"ids": ["c", "a"]}).scalars().all() == ["a", "c"]
        assert execute(session, some, {"ids": []}).scalars().all() == []


def test_a_statement_is_compiled_once_for_a_database(database: Database) -> None:
    with database.reading() as session:
        dialect = session.connection().dialect
        assert compile_for(dialect, _ALL, frozenset()) is compile_for(dialect, _ALL, frozenset())


def test_listeners_see_every_statement(database: Database) -> None:
    _add(database, "a")
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))

    with database.reading() as session:
        assert execute(session, _ALL).one().id == "a"

    assert any("FROM assets" in text for text in seen)


def test_without_values_for_any_row_nothing_is_run(database: Database) -> None:
    with database.writing() as session:
        assert execute(session, _ADD, []).all() == []
        assert execute(session, _ALL).all() == []


def test_a_row_that_is_there_already_breaks_the_constraint_and_nothing_is_written(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        execute(session, _ADD_DATASET, [_DATASET, _DATASET])

    with database.reading() as session:
        assert execute(session, _NAMES).scalars().all() == []


def test_what_the_session_has_to_write_comes_first(database: Database) -> None:
    with database.writing() as session:
        session.add(DatasetRow(**_DATASET))
        assert execute(session, _NAMES).scalars().all() == ["d"]


def test_a_connection_that_the_server_ended_is_told_and_not_used_again(new_postgres: str) -> None:
    database = Database(new_postgres)
    with database.reading() as session:
        ours = session.execute(text("SELECT pg_backend_pid()")).scalar()
        with database.writing() as other:
            other.execute(text(f"SELECT pg_terminate_backend({ours})"))
        with pytest.raises(DatabaseUnavailable) as failed:
            execute(session, _NAMES)

    assert failed.value.connection_invalidated
    assert outage(failed.value) is not None
    with database.reading() as session:
        assert execute(session, _NAMES).scalars().all() == []
    database.close()


def test_a_file_without_its_tables_is_an_error_of_the_database(new_sqlite: str) -> None:
    with sqlite3.connect(new_sqlite.removeprefix("sqlite:///")) as other:
        other.execute("ALTER TABLE datasets RENAME TO moved")
    database = Database(new_sqlite)
    with pytest.raises(DatabaseUnavailable, match="no such table"), database.reading() as session:
        execute(session, _NAMES)
    database.close()
