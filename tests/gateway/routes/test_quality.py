"""The quality of a dataset over HTTP, on both databases."""

from collections.abc import Callable
from uuid import uuid4

import httpx

from gateway.statistics.quality import MINIMUM
from gateway.store.database import Database
from gateway.store.reviews import events
from imgdiff.records import Record
from imgdiff.reviews.documents import ReviewPatch
from tests.gateway.routes.conftest import Both

Store = Callable[..., Record]


def _review(database: Database, record: Record, reviewer: str, **review: object) -> None:
    with database.writing() as session:
        events.add(session, record.id, ReviewPatch.model_validate(review), reviewer, None)


def _quality(client: httpx.Client, name: str, **query: float) -> httpx.Response:
    return client.get(f"/v1/datasets/{name}/quality", params=query)


def test_quality_is_counted_from_the_reviews_that_stand(both: Both, record: Record, store_record: Store) -> None:
    name, client, database = f"d{uuid4().hex}", both.client, both.database
    made = [
        store_record(database, record.model_copy(update={"dataset": name, "confidence": number / 100}))
        for number in range(MINIMUM + 5)
    ]
    for number, one in enumerate(made[:MINIMUM]):
        state = "accepted" if number >= 10 else "rejected"
        _review(database, one, "anna", state=state, rating={"caption": "high"})
        _review(database, one, "ben", state=state)
    _review(database, made[-1], "anna", state="accepted")
    _review(database, made[-1], "ben", state="rejected")
    _review(database, made[-2], "anna", state="rejected")
    assert client.delete(f"/v1/records/{made[-2].id}/reviews/1").status_code == 200

    found = _quality(client, name, precision=0.6).json()

    assert found["reviews"] == {"unreviewed": 4, "accepted": 20, "rejected": 10, "corrected": 0, "disputed": 1}
    assert (found["dataset"], found["records"], found["minimum"]) == (name, MINIMUM + 5, MINIMUM)
    overall = found["overall"]
    assert (overall["right"], overall["reviewed"], round(overall["precision"], 3)) == (20, 30, 0.667)
    assert overall["low"] < overall["precision"] < overall["high"]
    kept = [region.change for region in record.regions if region.kept]
    assert {one["change"]: one["reviewed"] for one in found["changes"]} == {
        change: 30 * kept.count(change) for change in kept
    }
    (pair,) = found["agreement"]
    assert (pair["reviewers"], pair["records"], round(pair["agreement"], 3)) == (["anna", "ben"], 31, 0.968)
    assert 0.9 < pair["kappa"] < 1
    assert found["ratings"]["caption"]["high"] == 30
    threshold = found["threshold"]
    assert (threshold["confidence"], threshold["kept"], threshold["reviewed"]) == (0.0, MINIMUM + 5, 30)


def test_too_few_reviews_give_no_shares(both: Both, record: Record, store_record: Store) -> None:
    one = store_record(both.database, record.model_copy(update={"dataset": f"d{uuid4().hex}"}))
    _review(both.database, one, "anna", state="accepted")

    found = _quality(both.client, one.dataset, precision=0.9).json()

    assert found["overall"] == {"reviewed": 1, "right": 1, "precision": None, "low": None, "high": None}
    assert found["threshold"]["confidence"] is None
    assert "needs 30" in found["threshold"]["missing"]
    assert _quality(both.client, one.dataset).json()["threshold"] is None
    assert _quality(both.client, one.dataset, precision=0).status_code == 422
    assert _quality(both.client, "nothing").status_code == 404
