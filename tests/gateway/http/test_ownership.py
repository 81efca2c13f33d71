"""What one tenant has does not exist for another: on every route of the OpenAPI document, in every body, in every list.

A route that is new fails here until the tables below say how its path is filled and what its body may refer to.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.access import issuing
from gateway.access.principal import Scope
from gateway.app import create_app
from gateway.http.ownership import require_owners
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.isolation import dead_letters
from gateway.store.jobs import jobs, stages
from gateway.store.migration import migrate
from imgdiff.errors import StageFailed
from imgdiff.records import Record
from tests.conftest import Loopback
from tests.gateway.http.tenants import VERSION, Tenant, fill, lines, picture, upload

ONE, OTHER = "one", "other"
KINDS = ("job", "record", "batch", "donor", "asset", "dataset", "webhook", "letter")
OF_PATH = {
    "/v1/jobs/{id}": "job",
    "/v1/records/{id}": "record",
    "/v1/batches/{id}": "batch",
    "/v1/donors/{id}": "donor",
    "/v1/assets/{id}": "asset",
    "/v1/datasets/{name}": "dataset",
    "/v1/webhooks/{id}": "webhook",
    "/v1/dead-letters/{id}": "letter",
}
"""Which resource a path begins with."""
NOBODYS = {"/v1/schemas/{name}.json"}
VALID = {
    "POST /v1/datasets/{name}/versions": {"name": "v2"},
    **{key: {"description": "x"} for key in ("PATCH /v1/datasets/{name}", "PATCH /v1/webhooks/{id}")},
    "PATCH /v1/records/{id}": {"review": {"state": "accepted"}},
}
"""Bodies of routes that read them before they look for the resource, so that it is this that is not found."""


@dataclass(frozen=True)
class Gateway:
    """A running gateway with two tenants, and its OpenAPI document."""

    one: Tenant
    other: Tenant
    document: dict[str, Any]

    @property
    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Method, path and description of each operation."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation


@pytest.fixture(scope="module")
def gateway(
    tmp_path_factory: pytest.TempPathFactory,
    loopback: Loopback,
    redis_url: str,
    record: Record,
    store_record: Callable[..., Record],
) -> Iterator[Gateway]:
    """Without services, so that jobs wait."""
    folder, nowhere = tmp_path_factory.mktemp("tenants"), "http://127.0.0.1:9"
    settings = GatewaySettings(
        database_url=f"sqlite:///{folder}/imgdiff.db",
        assets_url=(folder / "assets").as_uri(),
        redis_url=redis_url,
        detection_url=nowhere,
        captioning_url=nowhere,
        editing_url=nowhere,
    )
    database = Database(settings.database_url)
    migrate(database)
    with database.writing() as session:
        keys = {name: issuing.create(session, name, "all", Scope, None).text for name in (ONE, OTHER)}
    with loopback(create_app(settings)) as client:
        one, other = (Tenant(client, name, key) for name, key in keys.items())
        for tenant, shade in ((one, 10), (other, 90)):
            tenant.ids.update(fill(tenant, shade, record, partial(store_record, database), partial(_give_up, database)))
        database.close()
        yield Gateway(one, other, client.get("/openapi.json").json())


def _give_up(database: Database, job_id: str) -> str:
    """Make a dead letter of a job; returns its id."""
    problem = StageFailed("it broke").problem(f"/v1/jobs/{job_id}")
    with database.writing() as session:
        job = jobs.find(session, job_id)
        dead_letters.add(session, job, stages.of_job(session, job_id)[0], problem)
        session.flush()
        return dead_letters.before(session, job.request.tenant, None, 1)[0][1].id


def _unknown(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids of the same form that nothing has."""
    return {kind: (one[:-8] + "0" * 8 if "_" in one or ":" in one else f"un-{one}") for kind, one in ids.items()}


def _fill_path(path: str, ids: Mapping[str, str]) -> str:
    """The path to a tenant's resource; fails for one that the table does not have."""
    (kind,) = {kind for start, kind in OF_PATH.items() if path.startswith(start)}
    return path.format(id=ids[kind], name=ids[kind], version=VERSION, delivery=ids["delivery"], number=1)


def _plain(answer: httpx.Response, ids: Mapping[str, str]) -> tuple[int, str]:
    """Status and body without the ids."""
    text = answer.text
    for kind, one in ids.items():
        text = text.replace(one, kind)
    return answer.status_code, text


def test_a_foreign_id_is_answered_on_every_route_as_one_that_nothing_has(gateway: Gateway) -> None:
    asked, theirs = 0, gateway.one.ids
    for method, path, _ in gateway.operations:
        if "{" in path and path not in NOBODYS:
            body = VALID.get(f"{method} {path}")
            foreign = gateway.other.send(method, _fill_path(path, theirs), json=body)
            missing = gateway.other.send(method, _fill_path(path, _unknown(theirs)), json=body)
            assert foreign.status_code == 404, (method, path, foreign.text)
            assert _plain(foreign, theirs) == _plain(missing, _unknown(theirs)), (method, path)
            asked += 1

    assert asked > 20
    for path in ("/v1/jobs/{id}", "/v1/batches/{id}", "/v1/records/{id}", "/v1/datasets/{name}", "/v1/donors/{id}"):
        assert gateway.one.send("GET", _fill_path(path, theirs)).status_code == 200, "it is all still there"


def test_nothing_of_another_tenant_is_in_any_answer(gateway: Gateway) -> None:
    """Every GET: lists, and the tenant's own resources."""
    seen = set()
    for method, path, _ in gateway.operations:
        if method != "GET" or path in NOBODYS:
            continue
        own = path if "{" not in path else _fill_path(path, gateway.other.ids)
        answer = gateway.other.send("GET", own, headers={"accept": "*/*"})
        assert answer.status_code in {200, 204} or path in {"/v1/records/{id}/question", "/readyz"}, (path, answer.text)
        assert not {one for one in gateway.one.secrets if one in answer.text}, path
        assert f"{ONE}/" not in answer.text, "no key of a dataset is shown"
        assert f"{OTHER}/" not in answer.text, path
        seen |= {one for one in gateway.other.secrets if one in answer.text}

    assert seen == gateway.other.secrets, "the answers are not empty"


def test_cursors_of_another_tenant_lead_to_nothing_of_it(gateway: Gateway) -> None:
    for path in ("/v1/jobs", "/v1/donors", "/v1/batches", "/v1/datasets", "/v1/webhooks", "/v1/dead-letters"):
        gateway.one.send("POST", "/v1/datasets", json={"name": "another"})
        first = gateway.one.send("GET", path, params={"page_size": 1}).json()
        for cursor in filter(None, (first["next_cursor"], "MTo5OTk5OTk")):
            found = gateway.other.send("GET", path, params={"cursor": cursor}).text
            assert not {one for one in gateway.one.secrets if one in found}, path


References = dict[str, Callable[[Mapping[str, str], Mapping[str, str]], list[dict[str, Any]]]]


def _pairs(ids: Mapping[str, str], own: Mapping[str, str]) -> list[dict[str, Any]]:
    mine, theirs = {"asset": own["asset"]}, {"asset": ids["asset"]}
    return [{"json": {"image1": mine, "image2": theirs}}, {"json": {"image1": theirs, "image2": mine}}]


def _syntheses(ids: Mapping[str, str], own: Mapping[str, str]) -> list[dict[str, Any]]:
    mine, theirs = {"asset": own["asset"]}, {"asset": ids["asset"]}
    wanted = {"operation": "replace", "target": "cup", "replacement": "dog"}
    named = ({"image": theirs}, {"image": mine, "donor": theirs}, {"image": mine, "donor": {"donor": ids["donor"]}})
    return [{"json": {**wanted, **one}} for one in named]


def _donors(ids: Mapping[str, str], own: Mapping[str, str]) -> list[dict[str, Any]]:
    new = {"label": "cup", "box": [1, 1, 20, 20], "source": "a drawing", "licence": "CC0-1.0"}
    return [{"json": {"image": {"asset": ids["asset"]}, **new}}]


BODIES: References = {
    "POST /v1/difference-captions": _pairs,
    "POST /v1/syntheses": _syntheses,
    "POST /v1/donors": _donors,
}
"""Bodies that refer to what `ids` has, beside what the tenant has itself."""
ELSEWHERE = {"POST /v1/batches", "PATCH /v1/batches/{id}"}  # lines, each answered for itself: the test below
WITHOUT = {
    "POST /v1/assets",
    "POST /v1/datasets",
    "PATCH /v1/datasets/{name}",
    "POST /v1/datasets/{name}/versions",
    "POST /v1/webhooks",
    "PATCH /v1/webhooks/{id}",
    "PATCH /v1/records/{id}",
}
"""Bodies that refer to nothing."""


def test_a_foreign_id_in_a_body_is_answered_as_one_that_nothing_has(gateway: Gateway) -> None:
    with_body = {f"{method} {path}" for method, path, operation in gateway.operations if "requestBody" in operation}
    assert with_body == BODIES.keys() | ELSEWHERE | WITHOUT

    theirs = gateway.one.ids
    for operation, bodies in BODIES.items():
        method, path = operation.split()
        ways = zip(bodies(theirs, gateway.other.ids), bodies(_unknown(theirs), gateway.other.ids), strict=True)
        for foreign, unknown in ways:
            answer = gateway.other.send(method, path, **foreign)
            assert answer.status_code == 422, (operation, answer.text)
            assert _plain(answer, theirs) == _plain(gateway.other.send(method, path, **unknown), _unknown(theirs))


@pytest.mark.parametrize("appended", [False, True])
def test_a_foreign_id_in_a_line_of_a_batch_is_rejected_as_one_that_nothing_has(
    gateway: Gateway, appended: bool
) -> None:
    def errors(ids: Mapping[str, str]) -> tuple[int, str]:
        named = [*_pairs(ids, gateway.other.ids), *_syntheses(ids, gateway.other.ids)]
        urls = ["/v1/difference-captions"] * 2 + ["/v1/syntheses"] * 3
        sent = [
            {"custom_id": str(number), "method": "POST", "url": url, "body": one["json"]}
            for number, (url, one) in enumerate(zip(urls, named, strict=True))
        ]
        path = "/v1/batches"
        begun = gateway.other.send(
            "POST",
            path,
            content=b"" if appended else lines(*sent),
            headers={"upload-complete": "?0" if appended else "?1"},
        ).raise_for_status()
        path += f"/{begun.json()['id']}"
        if appended:
            headers = {"upload-offset": "0", "upload-complete": "?1"}
            gateway.other.send("PATCH", path, content=lines(*sent), headers=headers).raise_for_status()
        assert gateway.other.send("GET", path).json()["counts"]["rejected"] == len(sent)
        return _plain(gateway.other.send("GET", f"{path}/errors"), ids)

    assert errors(gateway.one.ids) == errors(_unknown(gateway.one.ids))


def test_a_name_of_a_dataset_is_another_one_for_each_tenant(gateway: Gateway) -> None:
    name = gateway.one.ids["dataset"]

    made = gateway.other.send("POST", "/v1/datasets", json={"name": name})
    found = [tenant.send("GET", f"/v1/datasets/{name}").json() for tenant in (gateway.one, gateway.other)]

    assert (made.status_code, made.json()["name"], made.headers["location"]) == (201, name, f"/v1/datasets/{name}")
    assert [(one["name"], one["records"]) for one in found] == [(name, 1), (name, 0)]
    assert gateway.other.send("GET", f"/v1/datasets/{ONE}%2F{name}").status_code == 404
    assert gateway.other.send("DELETE", f"/v1/datasets/{name}").status_code == 204
    assert gateway.one.send("GET", f"/v1/datasets/{name}").json() == found[0]


def test_a_key_of_another_tenant_is_another_key(gateway: Gateway) -> None:
    answers = [
        tenant.send(
            "POST", "/v1/datasets", json={"name": "same", "description": words}, headers={"Idempotency-Key": "k"}
        )
        for tenant, words in ((gateway.one, "a"), (gateway.other, "b"), (gateway.one, "a"))
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert [answer.json()["description"] for answer in answers] == ["a", "b", "a"]
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, None, "true"]


def test_an_image_that_two_tenants_sent_tells_neither_of_the_other(gateway: Gateway) -> None:
    before = gateway.one.send("POST", "/v1/assets", files={"image": ("a.png", picture(3))}).json()
    after = gateway.other.send("POST", "/v1/assets", files={"image": ("a.png", picture(3))}).json()

    assert after["id"] == before["id"]
    assert after["created_at"] > before["created_at"], "not when another one sent it"
    assert gateway.other.send("GET", f"/v1/assets/{after['id']}").status_code == 200


def test_the_same_donor_of_two_tenants_is_another_one(gateway: Gateway) -> None:
    place = {"box": [1, 1, 20, 20], "source": "here", "licence": "CC0-1.0"}
    donors = []
    for tenant, label in ((gateway.one, "cup"), (gateway.other, "mug")):
        image = {"asset": upload(tenant, 5)}
        donors.append(tenant.send("POST", "/v1/donors", json={"image": image, "label": label, **place}))

    assert [(one.status_code, one.json()["label"]) for one in donors] == [(201, "cup"), (201, "mug")]
    assert donors[0].json()["id"] != donors[1].json()["id"]


def test_an_app_with_a_route_to_a_resource_that_nobody_owns_does_not_start() -> None:
    app = FastAPI()
    app.get("/v1/things/{id}")(lambda id: id)  # noqa: A006  the name in the route

    with pytest.raises(ValueError, match=r"whose is the resource of /v1/things/\{id\}"):
        require_owners(app.routes)
