"""Every rewriter: tables, a scripted server, and tiny random networks in the place of large ones."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import tests.fitting_torchvision

TORCHVISION = tests.fitting_torchvision.KEPT  # before anything imports it

from transformers.utils.logging import disable_progress_bar  # noqa: E402

from services.editing.rewriting.by_language_model import LanguageRewriter  # noqa: E402
from services.gpu.compute import Compute, compute_on  # noqa: E402
from services.llm.openai_server import OpenAiClient, Server  # noqa: E402
from tests.services.editing.backends.chat_stub import ChatStub  # noqa: E402
from tests.services.editing.backends.tiny_llama import tiny_llama  # noqa: E402

disable_progress_bar()
Rewrites = Callable[..., LanguageRewriter]


@pytest.fixture(scope="session")
def processor() -> Compute:
    return compute_on("cpu", 1)


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llama")
    model, tokenizer = tiny_llama()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def served(loopback: Callable[[FastAPI], AbstractContextManager[httpx.Client]]) -> Iterator[tuple[ChatStub, str]]:
    stub = ChatStub()
    with loopback(stub.app) as client:
        yield stub, str(client.base_url.join("/v1"))


@pytest.fixture
def stub(served: tuple[ChatStub, str]) -> ChatStub:
    fresh = served[0]
    fresh.mode, fresh.script, fresh.knows_schema = "good", [], True
    fresh.bodies.clear()
    return fresh


@pytest.fixture
def by_server(served: tuple[ChatStub, str], stub: ChatStub) -> Iterator[Rewrites]:
    made: list[OpenAiClient] = []

    def make(spent: Callable[[int, int, float], None] = lambda *_: None, **given: object) -> LanguageRewriter:
        server = Server(
            **{"url": served[1], "model": "chat", "deadline_seconds": 3.0, "first_pause_seconds": 0.02, **given}
        )
        made.append(OpenAiClient(server, spent, stage="editing"))
        return LanguageRewriter(made[-1])

    yield make
    for one in made:
        one.close()
