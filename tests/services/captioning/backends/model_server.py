"""A scripted stand-in for an OpenAI-compatible server that sees: it may be slow, break in the middle, or refuse."""

import asyncio
import base64
import io
import json
import threading

import numpy as np
from fastapi import Response
from fastapi.responses import StreamingResponse
from PIL import Image

from tests.services.scripted_chat import ScriptedChat, completed


class ModelServer(ScriptedChat):
    """Counts the questions that are under way; breaks on the question `poison`, holds `wait` until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most_under_way = 0
        self.released = threading.Event()

    async def respond(self, step: str | int, body: dict) -> Response:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._respond(step, body)
        finally:
            self.under_way -= 1

    async def _respond(self, step: str | int, body: dict) -> Response:
        question = body["messages"][0]["content"][-1]["text"]
        if question == "poison":
            step = 500
        if question == "wait":
            await asyncio.to_thread(self.released.wait, 5)
        if step == "drip":
            return StreamingResponse(_drops(), media_type="application/json")
        await asyncio.sleep({"hang": 1, "slow": 0.05}.get(step, 0))
        return await super().respond(step, body)

    def completion(self, step: str, body: dict) -> str:
        if step == "no json":
            return "<html>busy</html>"
        if step == "no choices":
            return json.dumps({"choices": []})
        said = {"other language": "une tasse rouge", "empty": "", "mean": _mean(body)}.get(step, "a red cup")
        text = json.dumps({"caption": said}) if "response_format" in body and said else said
        text = {
            "broken": '{"caption": "a re',
            "other key": '{"text": "a cup"}',
            "list": '["a cup"]',
            "number": '{"caption": 3}',
            "deep": "[" * 100_000,
        }.get(step, text)
        message = {"content": None if step == "null" else text}
        if step == "thought":
            message = {"content": None, "reasoning": "The user wants a caption."}
        if step == "thinking":
            message = {"content": "The user wants a cup.</think>\n\n" + text}
        if step == "yes":
            likely = [{"token": "Yes", "logprob": -0.105}, {"token": "No", "logprob": -2.303}]
            return completed(step, {"content": "Yes"}, 100, 1, likely)
        if step == "refusal":
            message = {"content": None, "refusal": "I can't help with that."}
        return completed(step, message, 100, 20)


def pixels(body: dict) -> list[np.ndarray]:
    """The images of a request, decoded."""
    urls = [part["image_url"]["url"] for part in body["messages"][0]["content"] if part["type"] == "image_url"]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))) for url in urls]


def _mean(body: dict) -> str:
    words = ["cup", "dog", "cat", "car", "bus", "cow", "pig", "hen", "fox", "owl"]
    return f"a {words[int(sum(image.mean() for image in pixels(body))) % 10]}"


async def _drops():
    for _ in range(60):
        yield b" "
        await asyncio.sleep(0.05)
