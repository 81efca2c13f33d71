"""What every writer keeps: networks on tiny random weights, and a server that is scripted."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from imgdiff.images import RGB
from services.captioning.backends.image_text import load_writer
from services.captioning.backends.openai_server import OpenAiWriter
from services.captioning.two_stages.writer import Prompt, Writer, Written
from services.gpu.compute import Batches, Compute
from services.gpu.weights import model_folder
from services.llm.openai_server import Server
from tests.services.captioning.backends.model_server import ModelServer


@pytest.fixture(scope="module", params=["llava", "llava-next", "qwen3-vl", "openai"])
def writer(
    request: pytest.FixtureRequest,
    vlm: Callable[[str], Path],
    processor: Compute,
    loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]],
) -> Iterator[Writer]:
    if request.param != "openai":
        folder = model_folder(str(vlm(request.param)), "SETTING", stage="captioning")
        yield load_writer(folder, "float32", processor, batches=Batches(4, pytest.fail), spent=lambda *_: None)
        return
    server = ModelServer()
    server.mode = "mean"
    with loopback(server.app) as client:
        writer = OpenAiWriter(Server(str(client.base_url.join("/v1")), "vlm", at_once=3), lambda *_: None)
        yield writer
        writer.close()


@pytest.fixture(scope="module")
def prompts(pictures: list[RGB]) -> list[Prompt]:
    """Of several lengths on pictures of several shapes, two on one picture, one on two pictures."""
    asked = [Prompt(lambda one=one: (one,), f"What is this?{' Look.' * n}", 5) for n, one in enumerate(pictures)]
    return [*asked, Prompt(lambda: (pictures[0],), "And this?", 5), Prompt(lambda: tuple(pictures[:2]), "Both?", 5)]


def test_every_prompt_has_its_answer_in_order(writer: Writer, prompts: list[Prompt]) -> None:
    forward, backward = writer.write(prompts), writer.write(prompts[::-1])

    assert all(isinstance(one, Written) for one in forward)
    assert list(forward) == list(backward)[::-1]
    assert len({one.text for one in forward}) > 1


def test_an_answer_does_not_depend_on_who_shares_the_batch(writer: Writer, prompts: list[Prompt]) -> None:
    together = writer.write(prompts)

    assert [writer.write([prompt])[0] for prompt in prompts] == list(together)


def test_no_prompts_have_no_answers(writer: Writer) -> None:
    assert list(writer.write([])) == []


def test_tokens_are_counted(writer: Writer, prompts: list[Prompt]) -> None:
    (written,) = writer.write(prompts[:1])

    assert written.prompt_tokens > 10
    assert written.completion_tokens > 0


def test_what_it_runs_is_named(writer: Writer) -> None:
    writer.warm_up()
    (model,) = writer.models

    assert (model.stage, bool(model.name)) == ("captioning", True)


def test_the_picture_counts(writer: Writer) -> None:
    levels = [np.full((64, 64, 3), level, np.uint8) for level in range(0, 250, 25)]
    written = writer.write([Prompt(lambda one=one: (one,), "What is this?", 5) for one in levels])

    assert len({one.text for one in written}) > 1
