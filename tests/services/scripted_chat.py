"""What the stand-ins for an OpenAI-compatible server share: what they were sent, and answers by script or mode."""

import json
import threading
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse


class ScriptedChat:
    """Answers in the mode that is set; `script` is used up first, a status or a mode each."""

    def __init__(self) -> None:
        self.mode = "good"
        self.script: list[str | int] = []
        self.headers: dict[str, str] = {}
        self.knows_schema = True
        self.unknown: set[str] = set()
        self.bodies: list[dict] = []
        self.keys: list[str | None] = []
        self._lock = threading.Lock()
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self.answer)

    async def answer(self, request: Request) -> Response:
        """What a client gets."""
        body = await request.json()
        with self._lock:
            self.bodies.append(body)
            self.keys.append(request.headers.get("authorization"))
            step = self.script.pop(0) if self.script else self.mode
        return await self.respond(step, body)

    async def respond(self, step: str | int, body: dict) -> Response:
        """An error where the step is a status, or where the schema is one word too many."""
        if isinstance(step, int):
            return JSONResponse({"error": {"message": "no, with key sk-secret"}}, step, self.headers)
        if "response_format" in body and not self.knows_schema:
            return JSONResponse({"error": {"message": "response_format is not supported"}}, 400)
        if unknown := self.unknown & body.keys():
            return JSONResponse({"error": {"message": f"Unrecognized request argument supplied: {min(unknown)}"}}, 400)
        return Response(self.completion(step, body), media_type="application/json")

    def completion(self, step: str, body: dict) -> str:
        """The JSON of an answer in a mode."""
        raise NotImplementedError


def completed(
    step: str, message: Mapping[str, object], prompt_tokens: int, completion_tokens: int, likely: Sequence[dict] = ()
) -> str:
    """A completion as JSON, ended as the mode says; `likely` are tokens that may begin it."""
    finish = {"cut": "length", "filtered": "content_filter"}.get(step, "stop")
    total = prompt_tokens + completion_tokens
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, "total_tokens": total}
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    if likely:
        choice["logprobs"] = {"content": [{**likely[0], "top_logprobs": list(likely)}]}
    return json.dumps({"choices": [choice], "usage": usage})
