"""Broken JSON, JSON lines, and bodies that are no JSON."""

import base64
import gzip
import json
import random
from copy import deepcopy
from typing import Any

from benchmarks.abuse.wire.json_values import ENCODINGS, LINE_ENDS, NUMBERS, ODD_NUMBERS, TEXTS, TYPES, VALUES
from benchmarks.abuse.wire.request import Abuse, Damage, Target, write_post, write_request


def _requests(target: Target) -> list[tuple[str, dict[str, Any]]]:
    """Right requests, with places to damage."""
    image = {"asset": target.asset}
    options = {
        "policy": "describe",
        "dataset": "default",
        "max_regions": 3,
        "align": True,
        "caption1": "a cup",
        "thresholds": {"region.too_small": 0.5},
        "deadline_seconds": 60.5,
        "metadata": {"a": [1, "b", None]},
    }
    donor = {"image": image, "label": "cup", "box": [1, 1, 9, 9], "source": "here", "licence": "MIT"}
    polygons = {"image": image, "label": "cup", "polygons": [[1, 1, 9, 1, 9, 9]], "source": "here", "licence": "MIT"}
    mask = {"size": [23, 37], "counts": [100, 20, 731]}
    edit = {
        "operation": "remove",
        "image": image,
        "target": "cup",
        "target_mask": mask,
        "count": 2,
        "seed": 7,
        "options": options,
    }
    return [
        ("/v1/difference-captions", {"image1": image, "image2": image, "options": options}),
        ("/v1/syntheses", edit),
        ("/v1/syntheses", {"operation": "replace", "image": image, "target_box": [1, 1, 9, 9], "replacement": "bowl"}),
        ("/v1/donors", donor),
        ("/v1/donors", polygons),
        ("/v1/assets", {"base64": base64.b64encode(target.image).decode()}),
        ("/v1/datasets", {"name": "abuse", "description": "x", "tags": ["a", "b"]}),
        ("/v1/datasets/default/versions", {"name": "v1", "description": "x"}),
        ("/v1/webhooks", {"url": "https://example.com/hook", "events": ["imgdiff.job.failed"], "description": "x"}),
    ]


def _places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [place] if place else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in children:
        found += _places(one, (*place, name))
    return found


def _put(document: Any, place: tuple[str | int, ...], text: str) -> str:
    """The document as JSON with a text, whatever it is, for the value at a place."""
    marked = deepcopy(document)
    at = marked
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = "@here@"
    return json.dumps(marked).replace('"@here@"', text)


def _replaced(target: Target, dice: random.Random, text: str) -> tuple[str, str]:
    path, document = dice.choice(_requests(target))
    return path, _put(document, dice.choice(_places(document)), text)


def _post(target: Target, path: str, text: str | bytes) -> bytes:
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return write_post(target, path, "application/json", body)


def _number(target: Target, dice: random.Random) -> Abuse:
    return Abuse("a number that is none", _post(target, *_replaced(target, dice, dice.choice(NUMBERS + ODD_NUMBERS))))


def _number_in_metadata(target: Target, dice: random.Random) -> Abuse:
    path, document = _requests(target)[0]
    text = dice.choice(NUMBERS)
    wrapped = dice.choice((text, f"[{text}]", f'{{"b": {text}}}', f'"{text}"'))
    return Abuse(
        "metadata with a number that is none",
        _post(target, path, _put(document, ("options", "metadata", "a"), wrapped)),
    )


def _text(target: Target, dice: random.Random) -> Abuse:
    return Abuse("a strange text", _post(target, *_replaced(target, dice, f'"{dice.choice(TEXTS)}"')))


def _value(target: Target, dice: random.Random) -> Abuse:
    return Abuse("a value of another type", _post(target, *_replaced(target, dice, dice.choice(VALUES))))


def _deep(target: Target, dice: random.Random) -> Abuse:
    depth, (start, end) = (
        dice.choice((50, 900, 5000, 200_000)),
        dice.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"))),
    )
    text = start * depth + "1" + end * depth * (dice.random() < 0.7)
    path, document = dice.choice(_requests(target))
    return Abuse("deep nesting", _post(target, path, _put(document, dice.choice(_places(document)), text)))


def _deep_whole(target: Target, dice: random.Random) -> Abuse:
    text = dice.choice(("[", '{"image1":', '{"options":{"metadata":{"a":')) * dice.choice((10, 10_000, 500_000))
    return Abuse("nothing but nesting", _post(target, dice.choice(_requests(target))[0], text))


def _repeated_keys(target: Target, dice: random.Random) -> Abuse:
    path, document = dice.choice(_requests(target))
    text = json.dumps(document)
    name = dice.choice(list(document))
    again = f'"{name}": {dice.choice(VALUES)}, ' * dice.choice((1, 1000))
    return Abuse("keys that repeat", _post(target, path, "{" + again + text[1:]))


def _many_keys(target: Target, dice: random.Random) -> Abuse:
    path, document = dice.choice(_requests(target))
    count = dice.choice((100, 100_000))
    more = ", ".join(f'"k{number}": {number}' for number in range(count))
    return Abuse("many keys", _post(target, path, _put(document, dice.choice(_places(document)), f"{{{more}}}")))


def _encoded(target: Target, dice: random.Random) -> Abuse:
    path, document = dice.choice(_requests(target))
    return Abuse("another encoding", _post(target, path, json.dumps(document).encode(dice.choice(ENCODINGS))))


def _cut(target: Target, dice: random.Random) -> Abuse:
    path, document = dice.choice(_requests(target))
    text = json.dumps(document)
    more = (
        text[: dice.randrange(len(text))],
        text + text,
        text + ",",
        text + "\x00",
        "\x00" + text,
        "",
        " ",
        "null",
        text[1:],
    )
    return Abuse("half a document, or two", _post(target, path, dice.choice(more)))


def _flipped(target: Target, dice: random.Random) -> Abuse:
    path, document = dice.choice(_requests(target))
    body = bytearray(json.dumps(document).encode())
    for _ in range(dice.randint(1, 4)):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    return Abuse("JSON with flipped bits", _post(target, path, bytes(body)))


def _typed(target: Target, dice: random.Random) -> Abuse:
    path, document = dice.choice(_requests(target))
    body = json.dumps(document).encode()
    return Abuse("another media type", write_post(target, path, dice.choice(TYPES), body))


def _compressed(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_requests(target))[0]
    coding = dice.choice(("gzip", "deflate", "br", "gzip, gzip", "identity, gzip", "x" * 1000))
    body = gzip.compress(b" " * 2**20, mtime=0)  # the same at any time
    return Abuse("a compressed body", write_post(target, path, "application/json", body, ("Content-Encoding", coding)))


def _base64(target: Target, dice: random.Random) -> Abuse:
    right = base64.b64encode(target.image).decode()
    texts = (
        "====",
        "A",
        "data:,",
        "data:image/png;base64,",
        "data:image/png," + right,
        right + "=",
        right[:-3],
        "é" * 9,
        "\\u0000",
        " " * 10_000,
        right + "\\n",
        "!" + right,
    )
    image = f'{{"base64": "{dice.choice(texts)}"}}'
    body = dice.choice((image, f'{{"image1": {image}, "image2": {image}}}'))
    return Abuse(
        "base64 that is none", _post(target, "/v1/assets" if body == image else "/v1/difference-captions", body)
    )


def _lines(target: Target, dice: random.Random) -> Abuse:
    image = {"asset": target.asset}
    right = {"custom_id": "a", "url": "/v1/difference-captions", "body": {"image1": image, "image2": image}}
    broken = [
        _put(right, dice.choice(_places(right)), dice.choice((*VALUES, *NUMBERS, f'"{dice.choice(TEXTS)}"')))
        for _ in range(3)
    ]
    broken += [json.dumps(right)[:20], "\x00", "x" * dice.choice((10, 2_000_000)), "[" * 5000, "", json.dumps(right)]
    dice.shuffle(broken)
    body = dice.choice(LINE_ENDS).join(broken).encode("utf-8", "surrogatepass")
    kind = dice.choice(
        (
            "application/jsonl",
            "application/x-ndjson",
            "application/json",
            "text/plain",
            "application/jsonl; charset=utf-16",
        )
    )
    return Abuse("broken JSON lines", write_post(target, "/v1/batches", kind, body))


def _append(target: Target, dice: random.Random) -> Abuse:
    offset = dice.choice(("0", "-1", "1e3", "9" * 20, "", "1, 2", "0x1", "٣", str(2**53 - 1)))
    complete = dice.choice(("?1", "?0", "true", "1", "", "?2", "?1, ?0"))
    body = dice.randbytes(50)
    fields = [
        ("Content-Type", "application/partial-upload"),
        ("Content-Length", str(len(body))),
        ("Upload-Offset", offset),
        ("Upload-Complete", complete),
    ]
    return Abuse(
        "a broken continuation of a batch",
        write_request(target, f"PATCH /v1/batches/{target.batch} HTTP/1.1", fields, body),
    )


JSON_BODIES: tuple[Damage, ...] = (
    _number,
    _number_in_metadata,
    _text,
    _value,
    _deep,
    _deep_whole,
    _repeated_keys,
    _many_keys,
    _encoded,
    _cut,
    _flipped,
    _typed,
    _compressed,
    _base64,
    _lines,
    _append,
)
