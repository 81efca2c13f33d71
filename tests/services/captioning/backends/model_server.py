"""A scripted stand-in for an OpenAI-compatible server: what it was sent, and answers by mode."""

import asyncio
import base64
import io
import json
import threading

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from PIL import Image


class ModelServer:
    """Answers in the mode that is set; `script` is used up first, a status or a mode each."""

    def __init__(self) -> None:
        self.mode = "good"
        self.script: list[str | int] = []
        self.headers: dict[str, str] = {}
        self.knows_schema = True
        self.bodies: list[dict] = []
        self.keys: list[str | None] = []
        self.under_way = self.most_under_way = 0
        self._lock = threading.Lock()
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self.answer)

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        with self._lock:
            self.bodies.append(body)
            self.keys.append(request.headers.get("authorization"))
            step = self.script.pop(0) if self.script else self.mode
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._answer(step, body)
        finally:
            self.under_way -= 1

    async def _answer(self, step: str | int, body: dict) -> Response:
        if body["messages"][0]["content"][-1]["text"] == "poison":
            step = 500
        if isinstance(step, int):
            return JSONResponse({"error": {"message": "no, with key sk-secret"}}, step, self.headers)
        if "response_format" in body and not self.knows_schema:
            return JSONResponse({"error": {"message": "response_format is not supported"}}, 400)
        if step == "hang":
            await asyncio.sleep(1)
        if step == "drip":
            return StreamingResponse(_drops(), media_type="application/json")
        if step == "slow":
            await asyncio.sleep(0.05)
        return Response(self._completion(step, "response_format" in body, body), media_type="application/json")

    def _completion(self, step: str, as_json: bool, body: dict) -> str:
        if step == "no json":
            return "<html>busy</html>"
        if step == "no choices":
            return json.dumps({"choices": []})
        said = {"good": "a red cup", "slow": "a red cup", "hang": "a red cup", "other language": "une tasse rouge",
                "empty": "", "mean": _mean(body)}.get(step, "a red cup")  # fmt: skip
        text = json.dumps({"caption": said}) if as_json and said else said
        text = {"broken": '{"caption": "a re', "other key": '{"text": "a cup"}', "list": '["a cup"]',
                "number": '{"caption": 3}', "deep": "[" * 100_000}.get(step, text)  # fmt: skip
        message = {"role": "assistant", "content": None if step == "null" else text}
        if step == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
        finish = {"cut": "length", "filtered": "content_filter"}.get(step, "stop")
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage})


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
