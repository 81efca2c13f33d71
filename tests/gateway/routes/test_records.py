"""A record is read as a document and as a picture."""

import io
from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import numpy as np
import pytest
from PIL import Image

from gateway.settings import GatewaySettings
from gateway.store.database import Database
from imgdiff.images import RGB
from imgdiff.records import Question, Record, RecordImage


@pytest.fixture
def stored(
    client: httpx.Client,
    settings: GatewaySettings,
    record: Record,
    png: bytes,
    store_record: Callable[[Database, Record], Record],
) -> Iterator[Record]:
    asset = client.post("/v1/assets", files={"image": ("a.png", png)}).json()
    image = RecordImage(asset=asset["id"], width=64, height=48)
    database = Database(settings.database_url)
    yield store_record(database, record.model_copy(update={"image1": image, "image2": image}))
    database.close()


def test_a_record_is_read_as_it_was_stored(client: httpx.Client, stored: Record) -> None:
    assert Record.model_validate(client.get(f"/v1/records/{stored.id}").json()) == stored


def test_an_unknown_record_is_not_found(client: httpx.Client) -> None:
    for path in ("/v1/records/rec_nothing", "/v1/records/rec_nothing/preview"):
        assert client.get(path).json()["type"] == "urn:imgdiff:problem:not-found"


@pytest.mark.parametrize(
    ("accept", "image_format"), [("*/*", "PNG"), ("image/jpeg", "JPEG"), ("image/webp,image/*;q=0.5", "WEBP")]
)
def test_a_preview_has_the_format_that_was_accepted(
    client: httpx.Client, stored: Record, accept: str, image_format: str
) -> None:
    answer = client.get(f"/v1/records/{stored.id}/preview", headers={"Accept": accept})

    assert answer.headers["content-type"] == f"image/{image_format.lower()}"
    assert answer.headers["vary"] == "Accept"
    assert Image.open(io.BytesIO(answer.content)).format == image_format


def test_a_preview_in_another_format_is_not_acceptable(client: httpx.Client, stored: Record) -> None:
    answer = client.get(f"/v1/records/{stored.id}/preview", headers={"Accept": "image/gif"})

    assert (answer.status_code, answer.json()["type"]) == (406, "urn:imgdiff:problem:not-acceptable")


@pytest.fixture
def asked(stored: Record, settings: GatewaySettings, store_record: Callable[[Database, Record], Record]) -> Record:
    """A record with a question whose left image is image2."""
    question = Question(
        text="Which?",
        left="image2",
        options={"A": "the left image", "B": "the right image"},
        answer="B",
        box=(5, 6, 30, 40),
    )
    database = Database(settings.database_url)
    record = store_record(database, stored.model_copy(update={"id": f"rec_{uuid4().hex}", "question": question}))
    database.close()
    return record


def test_a_questions_images_have_its_box_in_red(client: httpx.Client, asked: Record) -> None:
    def picture(**given: str) -> RGB:
        answer = client.get(f"/v1/records/{asked.id}/question", params=given)
        assert answer.status_code == 200, answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content)))

    left, right, both = picture(side="left"), picture(side="right"), picture()
    assert left.shape == right.shape == (48, 64, 3)
    assert (left[6:9, 5:30] == (255, 0, 0)).all()
    assert (left[9:37, 27:30] == (255, 0, 0)).all()
    assert both.shape == (48, 64 + 20 + 64, 3)
    assert np.array_equal(both[:, :64], left)
    assert np.array_equal(both[:, -64:], right)


def test_a_record_without_a_question_has_no_images_of_one(client: httpx.Client, stored: Record) -> None:
    answer = client.get(f"/v1/records/{stored.id}/question")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:imgdiff:problem:not-found")
    assert "no question" in answer.json()["detail"]
    assert client.get(f"/v1/records/{stored.id}/question", params={"side": "middle"}).status_code == 422
