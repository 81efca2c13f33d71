"""Dead letters are listed, replayed and discarded over HTTP, by the command and by both clients."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.store.database import Database
from gateway.store.isolation import dead_letters
from gateway.store.jobs import jobs, stages
from imgdiff.cli.app import app
from imgdiff.client import AsyncClient, Client
from imgdiff.errors import StageFailed

PATH = "/v1/dead-letters"


@pytest.fixture
def job(client: httpx.Client, settings: Any, png: bytes) -> str:
    """A job that was given up, and so has a dead letter."""
    with Client(str(client.base_url)) as one:
        job_id = one.cancel(one.submit(png, png).id).id
    database = Database(settings.database_url)
    with database.writing() as session:
        problem = StageFailed("detection broke down 3 times").problem(f"/v1/jobs/{job_id}")
        dead_letters.add(session, jobs.find(session, job_id), stages.of_job(session, job_id)[0], problem)
    database.close()
    return job_id


def _only(client: httpx.Client) -> dict[str, Any]:
    (letter,) = client.get(PATH).raise_for_status().json()["dead_letters"]
    assert client.get(f"{PATH}/{letter['id']}").json() == letter
    return dict(letter)


def test_a_replay_is_a_new_job_with_the_same_request(client: httpx.Client, job: str) -> None:
    letter = _only(client)
    answer = client.post(f"{PATH}/{letter['id']}/replay")
    again = answer.json()

    assert (letter["job"], letter["stage"], letter["replayed_as"]) == (job, "detection", None)
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/jobs/{again['id']}")
    assert (_only(client)["replayed_as"], again["state"]) == (again["id"], "queued")
    refused = client.post(f"{PATH}/{letter['id']}/replay")
    assert (refused.status_code, again["id"] in refused.json()["detail"]) == (409, True)
    client.delete(f"/v1/jobs/{again['id']}").raise_for_status()
    assert client.post(f"{PATH}/{letter['id']}/replay").status_code == 202


def test_the_same_key_replays_once(client: httpx.Client, job: str) -> None:
    path = f"{PATH}/{_only(client)['id']}/replay"
    answers = [client.post(path, headers={"Idempotency-Key": "k"}).json()["id"] for _ in range(2)]

    assert answers[0] == answers[1] != job


def test_a_discarded_letter_is_gone_and_its_job_stays(client: httpx.Client, job: str) -> None:
    path = f"{PATH}/{_only(client)['id']}"

    assert client.delete(path).status_code == 204
    assert [client.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert client.post(f"{path}/replay").status_code == 404
    assert client.get(f"/v1/jobs/{job}").status_code == 200


def test_what_waits_is_counted_until_it_is_replayed(client: httpx.Client, job: str) -> None:
    def count() -> str:
        lines = client.get("/metrics").text.splitlines()
        return next(line for line in lines if line.startswith('imgdiff_dead_letters{stage="detection"}'))

    before = count()
    client.post(f"{PATH}/{_only(client)['id']}/replay").raise_for_status()

    assert [before.split()[1], count().split()[1]] == ["1.0", "0.0"]


def test_the_command_lists_replays_and_discards(client: httpx.Client, job: str) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["dead-letters", *words, "--url", str(client.base_url)])
        assert result.exit_code == 0, result.output
        return result.stdout

    letter = _only(client)["id"]
    listed = run("list")
    again = json.loads(run("replay", letter, "--json"))["id"]

    assert listed == f"{letter} {job} detection broke down 3 times\n"
    assert run("list") == f"{letter} {job} detection broke down 3 times, replayed as {again}\n"
    assert run("discard", letter) == f"{letter} discarded\n"
    assert run("list") == ""


def test_the_client_of_asyncio_does_the_same(client: httpx.Client, job: str) -> None:
    async def use() -> None:
        async with AsyncClient(str(client.base_url)) as one:
            (letter,) = [letter async for letter in one.dead_letters()]
            assert (await one.replay(letter.id)).id != letter.job == job
            await one.discard(letter.id)
            assert [letter async for letter in one.dead_letters()] == []

    asyncio.run(use())


def test_a_deleted_dataset_takes_its_letters_along(client: httpx.Client, job: str) -> None:
    assert job in client.get(PATH).text

    client.delete("/v1/datasets/default").raise_for_status()

    assert client.get(PATH).json()["dead_letters"] == []
