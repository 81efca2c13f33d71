"""A benchmark is asked with bounded concurrency, only for what is missing, and scored with every fault counted."""

import base64
import io
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgdiff.errors import InvalidRequest, ServiceUnavailable
from imgdiff.evaluation.asking import Model
from imgdiff.evaluation.chat_model import ChatModel
from imgdiff.evaluation.layouts.catalogue import read_benchmark
from imgdiff.evaluation.report import Report
from imgdiff.evaluation.running import Setup, run
from tests.imgdiff.evaluation.chat_server import ChatServer, completion


def _run(server: ChatServer, layout: str, folder: Path, **fields: Any) -> Report:
    output = fields.pop("output", folder / "out")
    setup = Setup(read_benchmark(layout, folder, "test"), "m", output, server.url, **fields)

    @asynccontextmanager
    async def _open() -> AsyncIterator[Model]:
        async with ChatModel(server.url, "m", joined=setup.joined, first_pause=0.001) as model:
            yield model

    def open_model() -> AbstractAsyncContextManager[Model]:
        return _open()

    return run(setup, open_model, lambda _answer, _total: None)


def test_mmvp_counts_questions_and_pairs(chat: ChatServer, mmvp: Path) -> None:
    chat.answer = lambda prompt: "(b) No" if prompt.startswith("Is the door") else "(b)"

    report = _run(chat, "mmvp", mmvp)

    assert report.choices is not None
    assert report.choices.groups is not None
    assert (report.choices.questions.right, report.choices.questions.of) == (2, 4)
    assert (report.choices.groups.right, report.choices.groups.of) == (0, 2)
    assert (report.counts.answered, report.speed.requests) == (4, 4)
    assert [len(images) for images in chat.images()] == [1, 1, 1, 1]


def test_both_images_of_a_pair_are_sent_as_they_are(chat: ChatServer, spotted: Path) -> None:
    _run(chat, "spot-the-diff", spotted, at_once=1)

    sent = [base64.b64decode(uri.removeprefix("data:image/png;base64,")) for uri in chat.images()[0]]
    assert sent == [(spotted / "resized_images" / name).read_bytes() for name in ("256.png", "256_2.png")]
    body = chat.bodies[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0, 256)


def test_joined_images_are_one_on_a_square_with_a_bar_of_twenty_pixels(chat: ChatServer, spotted: Path) -> None:
    _run(chat, "spot-the-diff", spotted, joined=True, at_once=1)

    (uri,) = chat.images()[0]
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert image.size == (8 + 20 + 6, 34)
    middle = [image.getpixel((x, 15)) for x in (0, 10, 30)]
    assert middle == [(255, 0, 0), (0, 0, 0), (0, 0, 255)]
    assert image.getpixel((17, 0)) == image.getpixel((17, 33)) == (122, 116, 104)


def test_captions_get_figures_and_what_is_skipped_is_counted(chat: ChatServer, spotted: Path) -> None:
    chat.answer = lambda _: "<think>a car?</think> The red car is gone."

    report = _run(chat, "spot-the-diff", spotted)

    assert {figure.name for figure in report.figures} == {"BLEU-4", "METEOR-2005", "ROUGE-L", "CIDEr-D"}
    assert report.figures[2].value > 50  # one of two is right
    assert report.counts.skipped == 1


def test_categories_have_their_own_accuracy(chat: ChatServer, choices: Path) -> None:
    report = _run(chat, "choices", choices)

    assert report.choices is not None
    shares = {name: share.percent for name, share in report.choices.categories.items()}
    assert shares == {"motion": 0.0, "texture": 100.0}
    assert report.choices.groups is None


def test_a_second_run_asks_only_for_what_is_missing(chat: ChatServer, mmvp: Path) -> None:
    first = _run(chat, "mmvp", mmvp, limit=3)
    asked = len(chat.bodies)
    second = _run(chat, "mmvp", mmvp)
    third = _run(chat, "mmvp", mmvp)

    assert (asked, first.counts.samples, first.limit) == (3, 3, 3)
    assert (len(chat.bodies), second.counts.samples) == (4, 4)
    assert (third.choices, third.speed.pairs_per_second) == (second.choices, None)


def test_refusals_and_unreadable_answers_are_counted_and_wrong(chat: ChatServer, mmvp: Path) -> None:
    answers = iter(
        [completion(None, refusal="I cannot."), completion("(a)", reason="content_filter"), "Perhaps.", "(a)"]
    )
    chat.answer = lambda _: next(answers)

    report = _run(chat, "mmvp", mmvp, at_once=1)

    counts = report.counts
    assert (counts.refused, counts.unreadable, counts.answered, counts.failed) == (2, 1, 2, 0)
    assert report.choices is not None
    assert report.choices.questions.right == 1


def test_a_busy_server_is_asked_again(chat: ChatServer, mmvp: Path) -> None:
    chat.failures.extend([429, 503, 500])

    assert _run(chat, "mmvp", mmvp, at_once=1).counts.failed == 0


def test_a_failed_request_is_counted_and_made_again_by_the_next_run(chat: ChatServer, mmvp: Path) -> None:
    chat.failures.append(400)
    (mmvp / "MMVP Images/2.jpg").rename(mmvp / "away.jpg")
    first = _run(chat, "mmvp", mmvp, at_once=1)
    (mmvp / "away.jpg").rename(mmvp / "MMVP Images/2.jpg")
    second = _run(chat, "mmvp", mmvp, at_once=1)

    assert (first.counts.failed, first.counts.answered) == (2, 2)
    assert (second.counts.failed, second.speed.requests) == (0, 2)
    lines = (mmvp / "out/answers.jsonl").read_text()
    assert "answered 400" in lines
    assert "2.jpg cannot be read" in lines


def test_no_more_requests_than_allowed_are_under_way(chat: ChatServer, mmvp: Path) -> None:
    chat.pause = 0.05

    report = _run(chat, "mmvp", mmvp, at_once=2)

    assert chat.most_at_once == 2
    assert report.speed.pairs_per_second == pytest.approx(report.speed.requests_per_second / 2, abs=0.01)  # type: ignore[operator]


def test_as_many_requests_as_asked_for_are_under_way(chat: ChatServer, choices: Path) -> None:
    line = (choices / "questions.jsonl").read_text().splitlines()[0]
    many = "\n".join(line.replace('"q0"', f'"q{number}"') for number in range(120))
    (choices / "questions.jsonl").write_text(many)
    chat.together = 120

    assert _run(chat, "choices", choices, at_once=120).counts.answered == 120


def test_thoughts_that_were_cut_off_are_no_answer(chat: ChatServer, spotted: Path) -> None:
    chat.answer = lambda _: "<think>The red car is gone"

    report = _run(chat, "spot-the-diff", spotted)

    assert [figure.value for figure in report.figures] == [0.0] * 4


def test_a_wrong_key_or_model_ends_the_run_at_once(chat: ChatServer, mmvp: Path) -> None:
    chat.failures.append(401)

    with pytest.raises(InvalidRequest, match="answered 401; check --server, --model and the key"):
        _run(chat, "mmvp", mmvp, at_once=1)

    assert len(chat.bodies) == 1


def test_a_server_that_is_down_ends_the_run_and_what_was_answered_stays(
    chat: ChatServer, choices: Path, tmp_path: Path
) -> None:
    line = (choices / "questions.jsonl").read_text().splitlines()[0]
    many = "\n".join(line.replace('"q0"', f'"q{number}"') for number in range(40))
    (choices / "questions.jsonl").write_text(many)
    answers = iter(["A"])
    chat.answer = lambda _: next(answers, {"choices": []})

    with pytest.raises(ServiceUnavailable, match="20 requests in a row failed"):
        _run(chat, "choices", choices, at_once=1)
    asked = len(chat.bodies)
    chat.answer = lambda _: "A"
    report = _run(chat, "choices", choices)

    assert asked == 21
    assert report.speed.requests == 39
    assert report.counts.failed == 0
