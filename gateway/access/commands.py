"""`imgdiff keys`: create, list, rotate and revoke API keys, in the database itself, for whoever runs a gateway."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from gateway.access import issuing
from gateway.access.issuing import Issued
from gateway.access.principal import Scope
from gateway.store.access import keys as stored_keys
from gateway.store.access import quotas as stored_quotas
from gateway.store.access.keys import StoredKey
from gateway.store.access.quotas import Quota
from gateway.store.database import Database, DatabaseUnavailable, Session
from gateway.store.migration import migrate
from imgdiff.cli.output import Output, reporting
from imgdiff.cli.parameters import AsJson
from imgdiff.errors import InvalidRequest, ServiceUnavailable
from imgdiff.frozen import Frozen
from imgdiff.local.layout import Layout
from imgdiff.requests.names import DEFAULT_TENANT

keys = typer.Typer(
    help="Create, list, rotate and revoke API keys, in the gateway's database itself.",
    no_args_is_help=True,
    add_completion=False,
)
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_TIME = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")

Id = Annotated[str, typer.Argument(help="Id of the key: the part between the underscores.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database", envvar="IMGDIFF_GATEWAY_DATABASE_URL", help="The gateway's database; default: that of --data."
    ),
]
Data = Annotated[Path, typer.Option(help="Data folder of `imgdiff serve`.")]
Scopes = Annotated[list[Scope], typer.Option("--scope", help="What it allows; may be repeated.")]


class Key(Frozen):
    """An API key as it is listed: without its secret, which is stored nowhere."""

    id: str
    tenant: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    quota: Quota | None = None


class NewKey(Frozen):
    """A new API key with its text, which is shown this once."""

    key: Key
    text: str


class Keys(Frozen):
    """All keys of a gateway."""

    keys: tuple[Key, ...]


def _check_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not 1 to 64 of a-z, 0-9, `_`, `.` and `-`, starting with a-z or 0-9")
    return text


def _check_tenant(text: str | None) -> str | None:
    return None if text is None else _check_name(text)


def _parse_time(option: str, text: str) -> timedelta:
    match = _TIME.fullmatch(text)
    if match is None:
        detail = f"{text!r} is not a number of days, hours or minutes, such as 90d, 12h or 30m"
        raise typer.BadParameter(detail, param_hint=option)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


@keys.command()
def create(
    *,
    name: Annotated[str, typer.Option(callback=_check_name, metavar="NAME", help="What it is for.")],
    tenant: Annotated[str, typer.Option(callback=_check_name, metavar="NAME", help="Who uses it.")] = DEFAULT_TENANT,
    scope: Scopes = [Scope.READ, Scope.WRITE],  # noqa: B006  typer copies it
    expires: Annotated[str | None, typer.Option(metavar="90d", help="When it ends; default: never.")] = None,
    database: DatabaseUrl = None,
    data: Data = Path("data"),
    as_json: AsJson = False,
) -> None:
    """Create a key and print it, this once. The first one closes the gateway to everybody without a key."""
    lifetime = None if expires is None else _parse_time("--expires", expires)
    with _writing(database, data, as_json) as (session, output):
        issued = issuing.create(session, tenant, name, scope, lifetime)
    _show_new(issued, output)


@keys.command("list")
def list_keys(database: DatabaseUrl = None, data: Data = Path("data"), as_json: AsJson = False) -> None:
    """List all keys, also those that have ended, without their secrets."""
    with _writing(database, data, as_json) as (session, output):
        own = stored_quotas.read_all(session)
        every = stored_keys.read_all(session)
        found = Keys(keys=tuple(_describe(key, own.get(stored_quotas.account_of(key.id))) for key in every))
    output.result(found, lambda console: _draw(found.keys, console))


@keys.command()
def revoke(id: Id, database: DatabaseUrl = None, data: Data = Path("data"), as_json: AsJson = False) -> None:  # noqa: A002
    """End a key for good; running gateways refuse it within two seconds."""
    with _writing(database, data, as_json) as (session, output):
        ended = _describe(stored_keys.revoke(session, id, datetime.now(UTC)))
    output.result(ended, lambda console: _draw((ended,), console))


@keys.command()
def rotate(
    id: Id,  # noqa: A002
    *,
    overlap: Annotated[str, typer.Option(metavar="24h", help="How long the old key still works.")] = "24h",
    database: DatabaseUrl = None,
    data: Data = Path("data"),
    as_json: AsJson = False,
) -> None:
    """Create the successor of a key and print it, this once; both work until the overlap has passed."""
    left = _parse_time("--overlap", overlap)
    with _writing(database, data, as_json) as (session, output):
        issued = issuing.rotate(session, id, left)
    _show_new(issued, output)


@keys.command()
def quota(  # noqa: PLR0913  options of a command
    tenant: Annotated[str | None, typer.Argument(callback=_check_tenant, help="Whose quotas.")] = None,
    *,
    key: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one key instead: what it then uses counts to itself alone.")
    ] = None,
    requests: Annotated[int | None, typer.Option(min=1, max=10**9, help="Requests a minute.")] = None,
    upload_bytes: Annotated[int | None, typer.Option(min=1, max=10**15, help="Bytes of bodies a day, UTC.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=10**6, help="Jobs outside of batches that wait or run.")
    ] = None,
    database: DatabaseUrl = None,
    data: Data = Path("data"),
    as_json: AsJson = False,
) -> None:
    """Give a tenant or a key quotas of its own; those not named are the gateway's settings, or the key's tenant's."""
    if (tenant is None) is (key is None):
        raise typer.BadParameter("name a tenant, or a key with --key, and not both")
    own = Quota(requests, upload_bytes, jobs)
    with _writing(database, data, as_json) as (session, output):
        account = tenant or stored_quotas.account_of(stored_keys.find(session, key or "").id)
        stored_quotas.change(session, account, own)
    shown = {"tenant": tenant} if key is None else {"key": key}
    shown |= vars(own)
    output.result(dict(shown), lambda console: console.print(shown))


@contextmanager
def _writing(url: str | None, data: Path, as_json: bool) -> Iterator[tuple[Session, Output]]:
    """A transaction of the gateway's database, with the tables of this version, and the command's output."""
    with reporting(as_json) as output:
        database = _open(url or f"sqlite:///{Layout(data).database}")
        try:
            migrate(database)
            with database.writing() as session:
                yield session, output
        except DatabaseUnavailable as error:
            raise ServiceUnavailable(f"the database does not answer: {type(error.orig).__name__}") from error
        finally:
            database.close()


def _open(url: str) -> Database:
    try:
        return Database(url)
    except ValueError as error:
        raise InvalidRequest(f"--database: {error}") from error


def _describe(key: StoredKey, own: Quota | None = None) -> Key:
    return Key(**{name: value for name, value in vars(key).items() if name != "hash"}, quota=own)


def _show_new(issued: Issued, output: Output) -> None:
    """The text alone on stdout, so that a script can keep it."""
    new = NewKey(key=_describe(issued.stored), text=issued.text)
    output.result(new, lambda _: typer.echo(new.text))
    ends = "it does not expire" if new.key.expires_at is None else f"it expires at {_time(new.key.expires_at)}"
    output.note(f"Key {new.key.id} of tenant {new.key.tenant}, {', '.join(new.key.scopes)}; {ends}.")
    output.note("It is shown this once: keep it, and send it as IMGDIFF_API_KEY or `Authorization: Bearer KEY`.")


def _draw(found: tuple[Key, ...], console: Console) -> None:
    scopes = Column("scopes", overflow="fold")
    table = Table(Column("id", no_wrap=True), "tenant", "name", scopes, "created", "ends", "last used", "own quotas")
    for key in found:
        ends = f"revoked {_time(key.revoked_at)}" if key.revoked_at is not None else _time(key.expires_at)
        times = (_time(key.created_at), ends, _time(key.used_at))
        cells = (key.id, key.tenant, key.name, " ".join(key.scopes), *times, _quotas(key.quota))
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _time(when: datetime | None) -> str:
    return "-" if when is None else f"{when:%Y-%m-%d %H:%M}"


def _quotas(own: Quota | None) -> str:
    if own is None:
        return "-"
    units = {"requests_per_minute": "requests/min", "upload_bytes_per_day": "B/day", "unfinished_jobs": "jobs"}
    return ", ".join(f"{vars(own)[name]} {unit}" for name, unit in units.items() if vars(own)[name] is not None) or "-"
