"""Two tenants with keys of their own share one set: each has its answers, and nothing of the other's."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from imgdiff import Client
from imgdiff.errors import NotFound, Unauthorized
from tests.end_to_end.conftest import IMGDIFF, Served, serve

pytestmark = pytest.mark.slow  # a set of its own, with keys

Run = Callable[..., subprocess.CompletedProcess[str]]
TENANTS = ("acme", "bolt")


def _run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*IMGDIFF, *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def _create_key(data: Path, tenant: str) -> str:
    made = _run("keys", "create", "--name", tenant, "--tenant", tenant, "--data", data, "--json")
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["text"])


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A set of its own."""
    with serve(tmp_path_factory.mktemp("set"), tmp_path_factory.mktemp("elsewhere")) as found:
        yield found


@pytest.fixture(scope="module")
def keys(started: Served) -> dict[str, str]:
    """A key of each tenant, made while the set runs."""
    return {tenant: _create_key(started.data, tenant) for tenant in TENANTS}


def test_two_tenants_compare_the_same_pair_and_see_their_own_alone(
    started: Served, keys: dict[str, str], pair: tuple[Path, Path], tmp_path: Path
) -> None:
    with Client(started.url, api_key=keys["acme"]) as acme, Client(started.url, api_key=keys["bolt"]) as bolt:
        mine, yours = (client.compare(*pair, dataset="shared-name") for client in (acme, bolt))

        assert (mine.verdict, mine.caption) == (yours.verdict, yours.caption)
        assert mine.id != yours.id
        assert [record.id for record in acme.records("shared-name")] == [mine.id]
        assert [record.id for record in bolt.records("shared-name")] == [yours.id]
        assert [job.id for job in bolt.jobs()] == [yours.job]
        for ask in (lambda: bolt.record(mine.id), lambda: bolt.job(mine.job), lambda: bolt.cancel(mine.job)):
            with pytest.raises(NotFound):
                ask()

    exported = tmp_path / "records.jsonl"
    done = _run("export", "shared-name", "-o", exported, IMGDIFF_URL=started.url, IMGDIFF_API_KEY=keys["bolt"])
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["id"] for line in exported.read_text().splitlines()] == [yours.id]


def test_nobody_comes_in_without_a_key_or_with_a_revoked_one(started: Served, keys: dict[str, str]) -> None:
    extra = _create_key(started.data, "acme")
    listed = json.loads(_run("keys", "list", "--data", started.data, "--json").stdout)
    headers = {"Authorization": f"Bearer {extra}"}
    assert httpx.get(f"{started.url}/v1/datasets", headers=headers).status_code == 200

    identifier = extra.split("_")[1]
    assert identifier in json.dumps(listed)
    assert _run("keys", "revoke", identifier, "--data", started.data).returncode == 0

    assert httpx.get(f"{started.url}/v1/datasets").status_code == 401
    time.sleep(2.0)  # for which a revoked key may work on
    with Client(started.url, api_key=extra) as client, pytest.raises(Unauthorized):
        list(client.datasets())
