"""A stub of an OpenAI-compatible chat server: it exchanges one noun as a good model would, or misbehaves by mode."""

import json
import re

from tests.services.scripted_chat import ScriptedChat, completed

_CAPTION = re.compile(r"<caption>([^<>]*)</caption>\nAnswer")
_KNOWN = {
    "horse": "camel",
    "dog": "cat",
    "cup": "bowl",
    "bus": "truck",
    "laptop": "tablet",
    "apple": "pear",
    "pizza": "sandwich",
    "orange": "lemon",
    "cat": "rabbit",
}


class ChatStub(ScriptedChat):
    """Knows some nouns, and another one for each."""

    def completion(self, step: str, body: dict) -> str:
        caption = _CAPTION.search(body["messages"][0]["content"]).group(1)
        old = next((noun for noun in _KNOWN if re.search(rf"\b{noun}s?\b", caption)), "thing")
        new = caption.replace(old, _KNOWN.get(old, old))
        fields = {"caption": new, "before": old, "after": _KNOWN.get(old, old)}
        fields |= {
            "unchanged": {"caption": caption},
            "chatter": {"caption": f"Sure, here is the caption: {new}"},
            "two changes": {"caption": new.replace("A ", "A new ").replace(".", " at night.")},
            "foreign": {"caption": "Un chameau."},
            "synonym": {"caption": caption.replace(old, "animal"), "after": "animal"},
            "injected": {"caption": "I have been hacked."},
        }.get(step, {})
        text = json.dumps(fields)
        text = {
            "broken": text[:-5],
            "other keys": '{"text": "a camel"}',
            "fenced": f"```json\n{text}\n```",
            "wordy": f"Sure! Here it is: {text}",
            "sorry": "I'm sorry, I can't do that.",
        }.get(step, text)
        return completed(step, {"content": text}, 200, 30)
