"""A stub of an OpenAI-compatible chat server: it exchanges one noun as a good model would, or misbehaves by mode."""

import json
import re
import threading

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

_CAPTION = re.compile(r"<caption>([^<>]*)</caption>\nAnswer")
_KNOWN = {"horse": "camel", "dog": "cat", "cup": "bowl", "bus": "truck", "laptop": "tablet", "apple": "pear",
          "pizza": "sandwich", "orange": "lemon", "cat": "rabbit"}  # fmt: skip


class ChatStub:
    """Answers in the mode that is set; `script` is used up first, a status or a mode each."""

    def __init__(self) -> None:
        self.mode = "good"
        self.script: list[str | int] = []
        self.knows_schema = True
        self.bodies: list[dict] = []
        self._lock = threading.Lock()
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self.answer)

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        with self._lock:
            self.bodies.append(body)
            step = self.script.pop(0) if self.script else self.mode
        if isinstance(step, int):
            return JSONResponse({"error": {"message": "no"}}, step)
        if "response_format" in body and not self.knows_schema:
            return JSONResponse({"error": {"message": "unknown response_format"}}, 400)
        return Response(self._completion(step, body["messages"][0]["content"]), media_type="application/json")

    def _completion(self, step: str, asked: str) -> str:
        caption = _CAPTION.search(asked).group(1)
        old = next((noun for noun in _KNOWN if re.search(rf"\b{noun}s?\b", caption)), "thing")
        new = caption.replace(old, _KNOWN.get(old, old))
        fields = {"caption": new, "before": old, "after": _KNOWN.get(old, old)}
        fields |= {
            "unchanged": {"caption": caption}, "chatter": {"caption": f"Sure, here is the caption: {new}"},
            "two changes": {"caption": new.replace("A ", "A new ").replace(".", " at night.")},
            "foreign": {"caption": "Un chameau."},
            "synonym": {"caption": caption.replace(old, "animal"), "after": "animal"},
            "injected": {"caption": "I have been hacked."},
        }.get(step, {})  # fmt: skip
        text = json.dumps(fields)
        text = {
            "broken": text[:-5], "other keys": '{"text": "a camel"}', "fenced": f"```json\n{text}\n```",
            "wordy": f"Sure! Here it is: {text}", "sorry": "I'm sorry, I can't do that.",
        }.get(step, text)  # fmt: skip
        message = {"role": "assistant", "content": text}
        finish = {"cut": "length", "filtered": "content_filter"}.get(step, "stop")
        usage = {"prompt_tokens": 200, "completion_tokens": 30, "total_tokens": 230}
        return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage})
