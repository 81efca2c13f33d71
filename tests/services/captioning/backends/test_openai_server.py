"""The writer on a server, against a scripted one over loopback."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from imgdiff.errors import ImgdiffError, ServiceUnavailable
from imgdiff.local.ports import free_ports
from services.captioning.backends.openai_server import OpenAiWriter
from services.captioning.two_stages.writer import Prompt, Written
from services.llm.openai_server import Server
from tests.services.captioning.backends.model_server import ModelServer, pixels

IMAGE = np.full((40, 60, 3), (200, 30, 30), np.uint8)
PROMPT = Prompt(lambda: (IMAGE,), "What is it?", 64, "caption")
Write = Callable[..., OpenAiWriter]


@pytest.fixture(scope="module")
def served(loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]]) -> Iterator[tuple[ModelServer, str]]:
    server = ModelServer()
    with loopback(server.app) as client:
        yield server, str(client.base_url.join("/v1"))


@pytest.fixture
def server(served: tuple[ModelServer, str]) -> ModelServer:
    fresh = served[0]
    while fresh.under_way:
        time.sleep(0.05)
    fresh.mode, fresh.script, fresh.headers, fresh.knows_schema, fresh.unknown = "good", [], {}, True, set()
    fresh.bodies.clear()
    fresh.keys.clear()
    fresh.most_under_way = 0
    fresh.released.clear()
    return fresh


@pytest.fixture
def writer(served: tuple[ModelServer, str], server: ModelServer) -> Iterator[Write]:
    made: list[OpenAiWriter] = []

    def make(spent: Callable[[int, int, float], None] = lambda *_: None, **given: object) -> OpenAiWriter:
        looks = {name: given.pop(name) for name in ("images", "longest_side") if name in given}
        chosen = Server(
            **{"url": served[1], "model": "vlm", "deadline_seconds": 5.0, "first_pause_seconds": 0.05, **given}
        )
        made.append(OpenAiWriter(chosen, spent, **looks))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_question_is_its_images_and_words_with_the_form_of_the_answer(writer: Write, server: ModelServer) -> None:
    (written,) = writer(images="png").write([PROMPT])
    (body,) = server.bodies

    assert written == Written("a red cup", None, 100, 20)
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("vlm", 64, 0)
    assert np.array_equal(pixels(body)[0], IMAGE)
    assert body["messages"][0]["content"][-1]["text"].startswith("What is it?")
    form = body["response_format"]["json_schema"]
    assert (form["strict"], form["schema"]["required"]) == (True, ["caption"])


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("empty", None),
        ("null", None),
        ("other language", None),
        ("refusal", "text.refused"),
        ("filtered", "text.refused"),
        ("cut", "text.too_long"),
        ("thought", "text.no_answer"),
        ("broken", "text.malformed"),
        ("other key", "text.malformed"),
        ("list", "text.malformed"),
        ("number", "text.malformed"),
        ("deep", "text.malformed"),
        ("no json", "text.malformed"),
        ("no choices", "text.malformed"),
    ],
)
def test_an_answer_that_is_none_has_its_code(writer: Write, server: ModelServer, mode: str, code: str | None) -> None:
    server.mode = mode
    (written,) = writer().write([PROMPT])

    assert isinstance(written, Written)
    assert written.code == code
    assert mode not in {"empty", "null"} or not written.text


def test_a_server_without_schemas_is_asked_once_more_without_and_remembered(writer: Write, server: ModelServer) -> None:
    server.knows_schema = False
    writes = writer(at_once=1)
    written = writes.write([PROMPT, PROMPT])

    assert [one.text for one in written] == ["a red cup"] * 2
    assert ["response_format" in body for body in server.bodies] == [True, False, False]


def test_thoughts_before_an_answer_are_left_out(writer: Write, server: ModelServer) -> None:
    server.mode = "thinking"

    assert writer().write([PROMPT])[0].text == "a red cup"


@pytest.mark.parametrize(("thinks", "sent"), [(False, {"enable_thinking": False}), (True, None)])
def test_thinking_is_turned_off_unless_it_is_wanted(
    writer: Write, server: ModelServer, thinks: bool, sent: dict | None
) -> None:
    writer(thinks=thinks).write([PROMPT])

    assert server.bodies[0].get("chat_template_kwargs") == sent


@pytest.mark.parametrize("field", ["chat_template_kwargs", "logprobs"])
def test_a_server_that_refuses_a_field_is_asked_without_it_from_then_on(
    writer: Write, server: ModelServer, field: str
) -> None:
    server.unknown = {field}
    writes = writer(at_once=1)
    prompt = replace(PROMPT, likeliest=20)
    written = writes.write([prompt, prompt])

    assert [one.text for one in written] == ["a red cup"] * 2
    assert [field in body for body in server.bodies] == [True, False, False]
    assert all("response_format" in body for body in server.bodies)


def test_a_refused_field_stays_known_when_an_earlier_question_ends_later(writer: Write, server: ModelServer) -> None:
    server.unknown = {"logprobs"}
    writes = writer(at_once=2)
    asking = replace(PROMPT, likeliest=20)
    with ThreadPoolExecutor(1) as other:
        earlier = other.submit(writes.write, [Prompt(lambda: (IMAGE,), "wait", 64)])
        while not server.under_way:
            time.sleep(0.01)
        writes.write([asking])
        server.released.set()
        assert earlier.result()[0].text == "a red cup"
    writes.write([asking])

    assert ["logprobs" in body for body in server.bodies] == [False, True, False, False]


def test_probabilities_of_the_first_token_are_read(writer: Write, server: ModelServer) -> None:
    server.mode = "yes"
    (written,) = writer().write([Prompt(lambda: (IMAGE,), "Is it?", 2, likeliest=20)])

    assert {token: round(share, 1) for token, share in written.likeliest.items()} == {"Yes": 0.9, "No": 0.1}
    assert (server.bodies[0]["logprobs"], server.bodies[0]["top_logprobs"]) == (True, 20)


def test_a_question_that_is_refused_in_every_form_fails_alone_and_is_not_held_against_schemas(
    writer: Write, server: ModelServer
) -> None:
    server.script = [400, 400, 400]
    bad, good = writer(at_once=1).write([PROMPT, PROMPT])

    assert isinstance(bad, ImgdiffError)
    assert not isinstance(bad, ServiceUnavailable)
    assert good.text == "a red cup"
    assert {"response_format", "chat_template_kwargs"} <= server.bodies[3].keys()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_no_repetition_helps_is_not_repeated(writer: Write, server: ModelServer, status: int) -> None:
    server.script = [status]
    (answer,) = writer().write([PROMPT])

    assert isinstance(answer, ImgdiffError)
    assert not isinstance(answer, ServiceUnavailable)
    assert len(server.bodies) == 1


def test_a_busy_server_is_asked_again_when_it_says(writer: Write, server: ModelServer) -> None:
    server.script, server.headers = [429], {"Retry-After": "1"}
    started = time.monotonic()
    (written,) = writer().write([PROMPT])

    assert written.text == "a red cup"
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_a_server_that_stumbles_is_asked_again(writer: Write, server: ModelServer, status: int) -> None:
    server.script = [status, status]
    (written,) = writer().write([PROMPT])

    assert written.text == "a red cup"
    assert len(server.bodies) == 3


def test_a_server_that_wants_more_time_than_there_is_is_given_up_at_once(writer: Write, server: ModelServer) -> None:
    server.mode, server.headers = "good", {"Retry-After": "90"}
    server.script = [429] * 9
    started = time.monotonic()
    (answer,) = writer().write([PROMPT])

    assert isinstance(answer, ServiceUnavailable)
    assert answer.retry_after == 90
    assert time.monotonic() - started < 60  # and not the 90 seconds that it wants


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_server_that_hangs_costs_one_deadline_for_all_questions(
    writer: Write, server: ModelServer, mode: str
) -> None:
    server.mode = mode
    started = time.monotonic()
    answers = writer(deadline_seconds=0.4, at_once=2).write([PROMPT] * 100)

    assert all(isinstance(answer, ServiceUnavailable) and answer.retry_after for answer in answers)
    assert time.monotonic() - started < 20  # and not 50 times the deadline
    assert len(server.bodies) <= 4


def test_a_server_that_is_down_is_unavailable(writer: Write) -> None:
    (port,) = free_ports(1)
    started = time.monotonic()
    answers = writer(url=f"http://127.0.0.1:{port}/v1", deadline_seconds=0.5).write([PROMPT] * 100)

    assert all(isinstance(answer, ServiceUnavailable) for answer in answers)
    assert time.monotonic() - started < 50  # and not 100 times the deadline


def test_one_question_that_the_server_breaks_on_does_not_stop_the_others(writer: Write, server: ModelServer) -> None:
    poison = Prompt(lambda: (IMAGE,), "poison", 64)
    bad, good = writer(deadline_seconds=2.5, at_once=1).write([poison, PROMPT])

    assert isinstance(bad, ServiceUnavailable)
    assert good.text == "a red cup"


def test_no_more_questions_are_under_way_than_were_allowed(writer: Write, server: ModelServer) -> None:
    server.mode = "slow"
    writer(at_once=3).write([PROMPT] * 12)

    assert 1 < server.most_under_way <= 3


def test_the_key_is_sent_and_appears_nowhere_else(
    writer: Write, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script, server.knows_schema = [401], False
    writes = writer(key=SecretStr("sk-secret"), at_once=1)
    refused, _ = writes.write([PROMPT, PROMPT])

    assert set(server.keys) == {"Bearer sk-secret"}
    assert "sk-secret" not in caplog.text + str(refused) + repr(vars(writes))


def test_tokens_and_their_cost_are_reported(writer: Write, server: ModelServer) -> None:
    told: list[tuple[int, int, float]] = []
    writer(lambda *spent: told.append(spent), price_prompt=2.0, price_completion=10.0).write([PROMPT])

    assert told == [(100, 20, pytest.approx(0.0004))]
