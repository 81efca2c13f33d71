"""A model's server on loopback with OpenAI's /chat/completions, which answers and fails as a test tells it to."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.conftest import Loopback


def completion(text: str | None, *, refusal: str | None = None, reason: str = "stop") -> dict[str, Any]:
    """A chat completion as servers send it."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


@dataclass
class ChatServer:
    """What was asked, and what shall be answered."""

    answer: Callable[[str], str | dict[str, Any]] = lambda _: "(a)"
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    failures: deque[int] = field(default_factory=deque)
    pause: float = 0.0
    together: int = 0  # requests that have to be under way before the first is answered
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""

    def prompts(self) -> list[str]:
        """The texts asked for, in order."""
        return [part["text"] for body in self.bodies for part in _parts(body) if part["type"] == "text"]

    def images(self) -> list[list[str]]:
        """The data URIs of each request."""
        return [[p["image_url"]["url"] for p in _parts(body) if p["type"] == "image_url"] for body in self.bodies]


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = body["messages"][0]["content"]
    return parts


def _app(state: ChatServer) -> FastAPI:
    app, assembled = FastAPI(), asyncio.Event()

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> JSONResponse:
        state.bodies.append(await request.json())
        state.keys.append(request.headers.get("Authorization"))
        state.at_once += 1
        state.most_at_once = max(state.most_at_once, state.at_once)
        await asyncio.sleep(state.pause)
        if state.most_at_once >= state.together:
            assembled.set()
        await assembled.wait()
        state.at_once -= 1
        if state.failures:
            return JSONResponse({"error": {"message": "no"}}, state.failures.popleft(), headers={"Retry-After": "0"})
        given = state.answer(_parts(state.bodies[-1])[-1]["text"])
        return JSONResponse(completion(given) if isinstance(given, str) else given)

    return app


@contextmanager
def serve(loopback: Loopback) -> Iterator[ChatServer]:
    """A server of the block's own."""
    state = ChatServer()
    with loopback(_app(state)) as client:
        url: httpx.URL = client.base_url
        state.url = f"{str(url).rstrip('/')}/v1"
        yield state
