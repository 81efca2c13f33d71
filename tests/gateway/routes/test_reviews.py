"""Records are reviewed over HTTP: judged, corrected, taken back, and never overwritten, on both databases."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, select

from gateway.access import issuing
from gateway.access.principal import Scope
from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from gateway.store.reviews import events
from gateway.store.reviews.tables import ReviewRow
from gateway.store.tables import RecordRow
from imgdiff.records import Record
from tests.gateway.conftest import Serve
from tests.gateway.routes.conftest import Both

Store = Callable[..., Record]
COLUMNS = ("record", "dataset", "reviewer", "created_at", "state", "review", "after")
ACCEPTED = {"review": {"state": "accepted"}}


@pytest.fixture
def client(both: Both) -> httpx.Client:
    """A gateway over a database of each kind."""
    return both.client


@pytest.fixture
def database(both: Both) -> Database:
    """Its database."""
    return both.database


@pytest.fixture
def stored(database: Database, record: Record, store_record: Store) -> Record:
    """A record with kept regions in a dataset of its own."""
    return store_record(database, record.model_copy(update={"dataset": f"d{uuid4().hex}"}))


def _path(record: Record) -> str:
    return f"/v1/records/{record.id}"


def _send(client: httpx.Client, record: Record, tag: str | None = None, **review: Any) -> httpx.Response:
    tag = client.get(_path(record)).headers["etag"] if tag is None else tag
    return client.patch(_path(record), json={"review": review}, headers={"if-match": tag})


def _problem(answer: httpx.Response) -> tuple[int, str]:
    problem = answer.json()
    return answer.status_code, problem["errors"][0]["pointer"] if problem["errors"] else problem["type"][20:]


def test_a_review_is_part_of_the_record_and_leaves_the_rest(client: httpx.Client, stored: Record) -> None:
    first = client.get(_path(stored))
    plain = first.json()

    answer = _send(client, stored, state="accepted", rating={"caption": "high"}, note="<b>good</b> & 'fine'")

    assert (first.headers["etag"], answer.status_code, answer.headers["etag"]) == ('"0"', 200, '"1"')
    review = answer.json()["review"]
    assert plain["review"]["state"] == "unreviewed"
    assert {**answer.json(), "review": plain["review"]} == plain
    assert (review["state"], review["revision"], review["reviewers"]) == ("accepted", 1, 1)
    assert review["rating"] == {"box": None, "content": None, "caption": "high"}
    assert (review["reviewer"], review["note"]) == ("anonymous", "<b>good</b> & 'fine'")
    assert client.get(_path(stored)).json() == answer.json()
    listed = client.get(f"/v1/datasets/{stored.dataset}/records").json()["records"]
    assert listed == [answer.json()]
    assert client.get(f"/v1/jobs/{stored.job}").json()["records"] == [answer.json()]


def test_a_review_is_merged_into_the_one_before(client: httpx.Client, stored: Record) -> None:
    box = [1, 2, 30, 40]
    regions = {"0": {"label2": "fox", "box": box}, "1": {"caption": "A cup is gone."}}
    first = _send(client, stored, corrections={"caption": "A fox.", "regions": regions}, note="look").json()["review"]

    second = _send(client, stored, corrections={"caption": None, "regions": {"0": {"label2": ""}, "1": None}})
    assert first["state"] == "corrected"
    review = second.json()["review"]
    assert (review["state"], review["note"], review["corrections"]["caption"]) == ("corrected", "look", None)
    (region,) = review["corrections"]["regions"].items()
    assert (region[0], region[1]["label2"], region[1]["box"], region[1]["caption"]) == ("0", "", box, None)
    third = _send(client, stored, state="rejected", note=None).json()["review"]
    assert (third["state"], third["note"], third["corrections"]) == ("rejected", None, None)


def test_a_changed_record_is_not_overwritten(client: httpx.Client, stored: Record) -> None:
    assert _send(client, stored, reviewer="anna", state="accepted").status_code == 200

    late = _send(client, stored, '"0"', reviewer="ben", state="rejected")
    weak = _send(client, stored, 'W/"1"', reviewer="ben", state="rejected")
    without = client.patch(_path(stored), json=ACCEPTED)
    other = _send(client, stored, '"7", "1"', reviewer="ben", state="rejected")

    assert (late.status_code, weak.status_code, without.status_code) == (412, 412, 428)
    assert late.json()["type"].endswith("precondition-failed")
    assert '"1"' in late.json()["detail"]
    assert without.json()["type"].endswith("precondition-required")
    assert (other.status_code, other.json()["review"]["state"]) == (200, "disputed")
    assert _send(client, stored, "*", reviewer="cleo", state="rejected").json()["review"]["state"] == "rejected"


def test_of_writers_at_the_same_time_one_is_heard(client: httpx.Client, stored: Record) -> None:
    answers: dict[str, int] = {}

    def send(name: str) -> None:
        answers[name] = _send(client, stored, '"0"', state="accepted", reviewer=name).status_code

    threads = [threading.Thread(target=send, args=(f"r{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers.values()) == [200, 412, 412, 412, 412, 412]
    (event,) = client.get(f"{_path(stored)}/reviews").json()["reviews"]
    assert answers[event["reviewer"]] == 200


def test_a_repeated_request_whose_answer_was_lost_is_answered_again(client: httpx.Client, stored: Record) -> None:
    answers = [_send(client, stored, '"0"', state="accepted", note="once") for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(client.get(f"{_path(stored)}/reviews").json()["reviews"]) == 1
    assert _send(client, stored, '"0"', state="accepted", note="another").status_code == 412
    assert _send(client, stored, '"0"', state="accepted", note="once", reviewer="ben").status_code == 412


def test_a_review_is_taken_back_and_the_one_before_stands(client: httpx.Client, stored: Record) -> None:
    _send(client, stored, state="accepted")
    _send(client, stored, state="rejected", note="no")
    reviews = f"{_path(stored)}/reviews"

    older = client.delete(f"{reviews}/1")
    undone = client.delete(f"{reviews}/2")
    again, unknown = client.delete(f"{reviews}/2"), client.delete(f"{reviews}/3")
    stale = client.delete(f"{reviews}/1", headers={"if-match": '"2"'})
    first = client.delete(f"{reviews}/1", headers={"if-match": '"3"'})

    assert (older.status_code, again.status_code, unknown.status_code, stale.status_code) == (409, 409, 404, 412)
    assert (undone.json()["review"]["state"], undone.headers["etag"]) == ("accepted", '"3"')
    assert first.json()["review"] == {**first.json()["review"], "state": "unreviewed", "revision": 4, "reviewers": 0}
    listed = client.get(reviews).json()["reviews"]
    assert [(one["number"], one["action"], one["undone"], one["stands"]) for one in listed] == [
        (1, "review", None, False),
        (2, "review", None, False),
        (3, "undo", 2, False),
        (4, "undo", 1, False),
    ]
    states = [tuple(one[side] and one[side]["state"] for side in ("before", "after")) for one in listed]
    assert states == [(None, "accepted"), ("accepted", "rejected"), ("rejected", "accepted"), ("accepted", None)]
    assert _send(client, stored, state="rejected").json()["review"]["state"] == "rejected"


def test_the_history_comes_in_pages(client: httpx.Client, stored: Record) -> None:
    for state in ("accepted", "rejected", "accepted"):
        _send(client, stored, state=state)

    first = client.get(f"{_path(stored)}/reviews", params={"page_size": 2}).json()
    rest = client.get(f"{_path(stored)}/reviews", params={"cursor": first["next_cursor"]}).json()

    assert [one["number"] for one in first["reviews"]] == [1, 2]
    assert ([one["number"] for one in rest["reviews"]], rest["next_cursor"]) == ([3], None)
    assert rest["reviews"][0]["stands"]


def test_more_than_half_of_the_reviewers_decide(client: httpx.Client, stored: Record) -> None:
    seen = []
    for reviewer, state in (("a", "accepted"), ("b", "rejected"), ("c", "accepted"), ("b", "accepted")):
        review = _send(client, stored, state=state, reviewer=reviewer).json()["review"]
        seen.append((review["state"], review["reviewers"], review["reviewer"]))

    assert seen == [("accepted", 1, "a"), ("disputed", 2, "b"), ("accepted", 3, "c"), ("accepted", 3, "b")]


@pytest.mark.parametrize(
    ("review", "pointer"),
    [
        ({}, "/review/state"),
        ({"rating": {"caption": "high"}}, "/review/state"),
        ({"state": "corrected"}, "/review/corrections"),
        ({"state": "accepted", "corrections": {"caption": "x"}}, "/review/corrections"),
        ({"corrections": {"regions": {"0": {"box": [0, 0, 9000, 10]}}}}, "/review/corrections/regions/0/box"),
        ({"corrections": {"regions": {"0": {"box": [5, 5, 5, 10]}}}}, "/review/corrections/regions/0/box"),
        ({"corrections": {"regions": {"99": {"caption": "x"}}}}, "/review/corrections/regions/99"),
        ({"corrections": {"regions": {"00": {"caption": "x"}}}}, "/review/corrections/regions/00/[key]"),
        ({"corrections": {"regions": {"0": {"kept": True}}}}, "/review/corrections/regions/0/kept"),
        ({"state": "accepted", "rating": {"caption": "superb"}}, "/review/rating/caption"),
        ({"state": "accepted", "note": " "}, "/review/note"),
        ({"state": "accepted", "note": "a\0b"}, "/review/note"),
        ({"state": "accepted", "reviewer": " anna"}, "/review/reviewer"),
        ({"state": "accepted", "verdict": "same"}, "/review/verdict"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused_at_its_place(
    client: httpx.Client, stored: Record, review: dict[str, Any], pointer: str
) -> None:
    assert _problem(_send(client, stored, **review)) == (422, pointer)


def test_a_review_has_a_limit_in_all(client: httpx.Client, stored: Record) -> None:
    long = "\x01" * 2000  # six bytes each in JSON
    texts = {"caption": long, "regions": {"0": {"caption": long}}}

    answer = _send(client, stored, corrections=texts, note=long)

    assert _problem(answer) == (422, "/review")
    assert _send(client, stored, corrections=texts, note="short").status_code == 200


def test_nothing_but_the_review_of_a_record_changes(client: httpx.Client, stored: Record) -> None:
    answer = client.patch(_path(stored), json={**ACCEPTED, "caption": "no"}, headers={"if-match": "*"})

    assert _problem(answer) == (422, "/caption")


def test_a_record_takes_a_limited_number_of_reviews(client: httpx.Client, database: Database, stored: Record) -> None:
    _send(client, stored, state="accepted")
    with database.writing() as session:
        this = select(RecordRow.sequence).where(RecordRow.id == stored.id)
        (first,) = session.execute(select(ReviewRow).where(ReviewRow.record == session.scalar(this))).scalars()
        row = {column: getattr(first, column) for column in COLUMNS}
        session.execute(insert(ReviewRow), [{**row, "number": n} for n in range(2, events.MAX_EVENTS + 1)])

    full = _send(client, stored, "*", state="rejected")
    undone = client.delete(f"{_path(stored)}/reviews/{events.MAX_EVENTS}")

    assert (full.status_code, full.json()["type"][20:]) == (409, "conflict")
    assert undone.status_code == 200


def test_reviews_go_with_their_record_and_their_dataset(
    client: httpx.Client, stored: Record, database: Database, store_record: Store
) -> None:
    other = store_record(database, stored)
    for one in (stored, other):
        assert _send(client, one, state="accepted").status_code == 200

    assert client.delete(_path(stored)).status_code == 204
    for answer in (
        client.get(f"{_path(stored)}/reviews"),
        client.delete(f"{_path(stored)}/reviews/1"),
        client.patch(_path(stored), json=ACCEPTED, headers={"if-match": "*"}),
    ):
        assert answer.status_code == 404
    assert client.delete(f"/v1/datasets/{stored.dataset}").status_code == 204
    assert client.get(_path(other)).status_code == 404


@pytest.fixture
def keyed(settings: GatewaySettings, serve: Serve) -> Iterator[Callable[..., httpx.Client]]:
    """Clients of a gateway with keys, by the name of the key and its scopes."""
    opened: list[httpx.Client] = []
    texts: dict[str, str] = {}
    database = Database(settings.database_url)
    with database.writing() as session:
        for name, scopes in {"anna": [Scope.READ, Scope.REVIEW], "ben": Scope, "reader": [Scope.READ]}.items():
            texts[name] = issuing.create(session, "default", name, scopes, None).text
    database.close()
    base = serve(create_app(settings))

    def client(name: str) -> httpx.Client:
        opened.append(httpx.Client(base_url=base.base_url, headers={"authorization": f"Bearer {texts[name]}"}))
        return opened[-1]

    yield client
    for one in opened:
        one.close()


def test_with_keys_the_key_names_the_reviewer(
    keyed: Callable[[str], httpx.Client], settings: GatewaySettings, record: Record, store_record: Store
) -> None:
    database = Database(settings.database_url)
    stored = store_record(database, record)
    database.close()
    anna, ben, reader = (keyed(name) for name in ("anna", "ben", "reader"))

    mine = _send(anna, stored, state="accepted")
    same = _send(anna, stored, state="rejected", reviewer="anna")
    feigned = _send(ben, stored, state="accepted", reviewer="anna")
    refused = _send(reader, stored, state="accepted")
    foreign = ben.delete(f"{_path(stored)}/reviews/2")

    assert [one.json()["review"]["reviewer"] for one in (mine, same)] == ["anna", "anna"]
    assert _problem(feigned) == (422, "/review/reviewer")
    assert (refused.status_code, foreign.status_code) == (403, 403)
    assert anna.delete(f"{_path(stored)}/reviews/2").json()["review"]["state"] == "accepted"
