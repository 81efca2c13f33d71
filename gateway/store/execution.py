"""Statements that run for every job: built and compiled once, and given to the driver as they are.

SQLAlchemy takes 100 us around a statement of which the driver needs 7, and a job runs eighty. What a statement means to
a database is the same each time: its text, its parameters, and how its rows are read are worked out once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Executable, Result, Table
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

_MOST = 1024  # statements kept, of all databases of a process: all there are and some; chosen, not measured

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
Found = Result[*tuple[Any, ...]]
_NONE: Values = {}


class Compiled:
    """A statement compiled for a database and for one set of parameters."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect, columns: ReadOnlyColumnCollection[str, Any]) -> None:
        self._text = str(compiled)
        self._dialect = dialect
        self._expands = compiled if compiled.post_compile_params or compiled.literal_execute_params else None
        self._in_order = compiled.positiontup is not None
        converts = {name: _bind(bound.type, dialect) for bound, name in compiled.bind_names.items()}
        self._plan = tuple((name, converts[name]) for name in compiled.positiontup or converts)
        self._fixed = {name: bound.effective_value for bound, name in compiled.bind_names.items() if not bound.required}
        self._defaults: tuple[tuple[str, Any], ...] = tuple((one.key, one.default) for one in compiled.prefetch)
        self._types = tuple(column.type for column in columns)
        self._shape = SimpleResultMetaData(columns.keys())
        self._reads: tuple[tuple[int, Convert], ...] | None = None

    def bind(self, values: Values) -> tuple[str, Any]:
        """The text and the parameters for the driver: in order or by name, as it takes them."""
        if self._expands is not None:
            return _expand(self._expands, values)
        given = {**self._fixed, **values}
        for name, default in self._defaults:
            given[name] = default.arg if default.is_scalar else default.arg(None)
        if self._in_order:
            return self._text, [given[name] if to is None else to(given[name]) for name, to in self._plan]
        return self._text, {name: given[name] if to is None else to(given[name]) for name, to in self._plan}

    def read(self, cursor: Any) -> Found:
        """All rows of a cursor that has run this statement; none where it gives none."""
        rows = cursor.fetchall() if self._types else ()
        if rows and self._reads is None:
            self._reads = self._find_reads(cursor.description)
        return IteratorResult(self._shape, iter([_read(row, self._reads) for row in rows] if self._reads else rows))

    def _find_reads(self, description: Sequence[Sequence[Any]]) -> tuple[tuple[int, Convert], ...]:
        """By place, what makes a value of what the driver gives; its codes of types are known with the first result."""
        found = (_result(one, self._dialect, column[1]) for one, column in zip(self._types, description, strict=True))
        return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def table_of(row: type[DeclarativeBase]) -> Table:
    """The table of a row type."""
    return cast("Table", row.__table__)


def execute(session: Session, statement: Executable, values: Values | Sequence[Values] | None = None) -> Found:
    """Run a statement on tables, once or for each of several values, after what the session still has to write.

    Raises SQLAlchemy's errors, as a session does, and its listeners see the statement.
    """
    session.flush()
    several = [values or _NONE] if values is None or isinstance(values, Mapping) else values
    connection = session.connection()
    if not several:
        return IteratorResult(SimpleResultMetaData(()), iter(()))
    return session.execute(statement, values) if _is_watched(connection) else _run(connection, statement, several)


def _is_watched(connection: Connection) -> bool:
    """Whether something, such as a tracer, wants to see statements; only SQLAlchemy shows them."""
    events = connection.dispatch
    return bool(events.before_cursor_execute or events.after_cursor_execute)


def _run(connection: Connection, statement: Executable, values: Sequence[Values]) -> Found:
    compiled = compile_for(connection.dialect, statement, frozenset(values[0]))
    bound = [compiled.bind(one) for one in values]
    text, cursor = bound[0][0], connection.connection.cursor()
    try:
        if len(bound) > 1:
            cursor.executemany(text, [parameters for _, parameters in bound])
        else:
            cursor.execute(*bound[0])
        return compiled.read(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _explain(connection, text, error) from error
    finally:
        cursor.close()


def _explain(connection: Connection, text: str, error: Exception) -> BaseException:
    """The driver's error as SQLAlchemy's; a connection that it shows to be broken is not used again."""
    dialect, base = connection.dialect, connection.dialect.loaded_dbapi.Error
    broken = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if broken:
        connection.invalidate(error)
    known = {"hide_parameters": True, "connection_invalidated": broken, "dialect": dialect}
    return DBAPIError.instance(text, None, error, base, **known)  # type: ignore[call-overload,no-any-return]


@lru_cache(_MOST)
def compile_for(dialect: Dialect, statement: Any, names: frozenset[str]) -> Compiled:
    """A statement for a database, with parameters of these names."""
    compiled = statement.compile(dialect=dialect, column_keys=sorted(names))  # an insert is of the columns named
    return Compiled(compiled, dialect, statement.exported_columns)


def _expand(compiled: SQLCompiler, values: Values) -> tuple[str, Any]:
    """The text for lists of just these lengths, for `IN`."""
    state = compiled.construct_expanded_state(values)
    converts, given = state.processors, dict(state.parameters)
    bound = {name: converts[name](one) if name in converts else one for name, one in given.items()}
    return state.statement, bound if state.positiontup is None else tuple([bound[name] for name in state.positiontup])


def _read(row: Sequence[Any], reads: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for place, convert in reads:
        values[place] = convert(values[place])
    return values


def _bind(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result(kind: TypeEngine[Any], dialect: Dialect, code: object) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, code)
