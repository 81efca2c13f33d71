"""Lies about where a message ends: lengths, chunks, both at once, several messages in one packet, other protocols."""

import random

from benchmarks.abuse.wire.request import Abuse, Damage, End, Fields, Target, write_get, write_request

_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_LENGTHS = ("-1", "+5", "0x10", "1e3", "5, 5", "5, 6", "", " ", "9" * 30, "9" * 5000, "٥", "1.0", "5;x", "99999999999")
_CODINGS = (
    "chunked, chunked",
    "chunked, identity",
    "identity",
    "gzip, chunked",
    "xchunked",
    "CHUNKED",
    "\x0bchunked",
    "chunked\t",
    '"chunked"',
    "",
    "chunked;a=b",
    "gzip",
)
_CHUNKS: tuple[bytes, ...] = (
    b"zz\r\n{}\r\n0\r\n\r\n",
    b"-2\r\n{}\r\n0\r\n\r\n",
    b"+2\r\n{}\r\n0\r\n\r\n",
    b"0x2\r\n{}\r\n0\r\n\r\n",
    b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    b"fffffffffffffffffffffffff\r\n{}",
    b"2;" + b"a" * 70_000 + b"\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}x\r\n0\r\n\r\n",
    b"2\r\n{}0\r\n\r\n",
    b"2\n{}\n0\n\n",
    b"2 \r\n{}\r\n0\r\n\r\n",
    b"\r\n2\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}\r\n0\r\nX: y\r\n" * 2000 + b"\r\n",
    b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"1\r\n \r\n" * 20_000 + b"2\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}\r\n",
    b"2\r\n{",
    b"",
    b"0\r\n\r\n",
    b"0000000000000000000000000002\r\n{}\r\n0\r\n\r\n",
)
_PROTOCOLS: tuple[bytes, ...] = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 40,
    b"SSH-2.0-OpenSSH_9.9\r\n",
    b"*1\r\n$4\r\nPING\r\n",
    b"\r\n" * 20_000,
    b"\n" * 20_000,
    b"\x00" * 10_000,
    b"GET /livez\r\n",
    b"GET /livez\r\n\r\n",
    b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
)


def _json(target: Target, fields: Fields, body: bytes, path: str = "/v1/difference-captions") -> bytes:
    return write_request(target, f"POST {path} HTTP/1.1", [("Content-Type", "application/json"), *fields], body)


def _length(target: Target, dice: random.Random) -> Abuse:
    return Abuse("a length that is none", _json(target, [("Content-Length", dice.choice(_LENGTHS))], b"{}" * 3))


def _too_long(target: Target, dice: random.Random) -> Abuse:
    end = dice.choice((End.WAIT, End.HALF_CLOSE, End.RESET))
    return Abuse(
        "a body shorter than its length", _json(target, [("Content-Length", str(dice.choice((7, 4000))))], b"{}"), end
    )


def _too_short(target: Target, dice: random.Random) -> Abuse:
    data = _json(target, [("Content-Length", "2")], b"{}" + dice.choice((b"{}" * 50, b"\x00" * 9, b"x")))
    return Abuse("a body longer than its length", data)


def _two_lengths(target: Target, dice: random.Random) -> Abuse:
    lengths = dice.sample(("0", "2", "6", str(2 + len(_SMUGGLED))), 2)
    fields: Fields = [("Content-Length", one) for one in lengths]
    return Abuse("two lengths", _json(target, fields, b"{}" + _SMUGGLED))


def _length_and_chunks(target: Target, dice: random.Random) -> Abuse:
    """CL.TE and TE.CL: both fields, in either order, with a message that one of the readings hides."""
    chunked = b"0\r\n\r\n" + _SMUGGLED if dice.random() < 0.5 else b"2\r\n{}\r\n0\r\n\r\n" + _SMUGGLED
    fields: Fields = [("Content-Length", str(dice.choice((0, 2, 5, len(chunked))))), ("Transfer-Encoding", "chunked")]
    dice.shuffle(fields)
    return Abuse("a length and chunks", _json(target, fields, chunked))


def _coding(target: Target, dice: random.Random) -> Abuse:
    fields: Fields = [("Transfer-Encoding", dice.choice(_CODINGS))]
    chunks = b"2\r\n{}\r\n0\r\n\r\n"
    if dice.random() < 0.5:
        fields.append(("Content-Length", "2"))
        chunks += _SMUGGLED  # behind right chunks alone it would be a right request
    return Abuse("a strange transfer coding", _json(target, fields, chunks))


def _two_codings(target: Target, dice: random.Random) -> Abuse:
    fields: Fields = [("Transfer-Encoding", one) for one in dice.sample(("chunked", "identity", "x", "chunked"), 2)]
    return Abuse("two transfer codings", _json(target, fields, b"0\r\n\r\n" + _SMUGGLED))


def _hidden_coding(target: Target, dice: random.Random) -> Abuse:
    name = dice.choice(("Transfer-Encoding ", " Transfer-Encoding", "Transfer-Encoding\t", "X: y\r\nTransfer-Encoding"))
    return Abuse(
        "a hidden transfer coding",
        _json(target, [("Content-Length", "5"), (name, "chunked")], b"0\r\n\r\n" + _SMUGGLED),
    )


def _chunks(target: Target, dice: random.Random) -> Abuse:
    end = dice.choice((End.WAIT, End.HALF_CLOSE))
    path = dice.choice(("/v1/difference-captions", "/v1/datasets", "/v1/batches"))
    return Abuse("broken chunks", _json(target, [("Transfer-Encoding", "chunked")], dice.choice(_CHUNKS), path), end)


def _old_chunks(target: Target, _: random.Random) -> Abuse:
    data = _json(target, [("Transfer-Encoding", "chunked")], b"2\r\n{}\r\n0\r\n\r\n").replace(
        b"HTTP/1.1", b"HTTP/1.0", 1
    )
    return Abuse("chunks in HTTP/1.0", data)


def _body_of_get(target: Target, dice: random.Random) -> Abuse:
    method = dice.choice(("GET", "HEAD", "DELETE", "OPTIONS"))
    body = dice.choice((b"{}", b"x" * 100_000, _SMUGGLED))
    line = f"{method} {dice.choice(('/livez', '/v1/jobs', '/v1/jobs/x'))} HTTP/1.1"
    return Abuse("a body of a GET", write_request(target, line, [("Content-Length", str(len(body)))], body))


def _pipeline(target: Target, dice: random.Random) -> Abuse:
    messages = [write_get(target, dice.choice(target.paths)) for _ in range(dice.choice((2, 10, 100)))]
    messages.insert(dice.randrange(len(messages)), _json(target, [("Content-Length", "2")], b"{}"))
    end = dice.choice((End.WAIT, End.HALF_CLOSE, End.RESET))
    return Abuse("many messages at once", b"".join(messages), end)


def _broken_pipeline(target: Target, dice: random.Random) -> Abuse:
    right = write_get(target, "/livez")
    return Abuse(
        "a broken message behind right ones",
        right * dice.choice((1, 20)) + dice.choice((*_PROTOCOLS, right[:-3], b"\xff" * 70_000)),
    )


def _protocol(_: Target, dice: random.Random) -> Abuse:
    return Abuse("another protocol", dice.choice(_PROTOCOLS), dice.choice((End.WAIT, End.HALF_CLOSE)))


def _expectation(target: Target, dice: random.Random) -> Abuse:
    length = dice.choice(("2", "200000000", "-1"))
    return Abuse(
        "an expectation without a body", _json(target, [("Expect", "100-continue"), ("Content-Length", length)], b"")
    )


def _upgrade(target: Target, dice: random.Random) -> Abuse:
    fields = [
        ("Connection", "Upgrade"),
        ("Upgrade", dice.choice(("websocket", "h2c"))),
        ("Sec-WebSocket-Key", dice.choice(("", "dGhlIHNhbXBsZSBub25jZQ==", "é"))),
        ("Sec-WebSocket-Version", dice.choice(("13", "8", "x"))),
        ("HTTP2-Settings", "é"),
    ]
    return Abuse("an upgrade", write_get(target, dice.choice(target.paths), *fields))


def _cut(target: Target, dice: random.Random) -> Abuse:
    data = write_get(target, dice.choice(target.paths), ("Accept", "*/*"))
    return Abuse("a head that is cut", data[: dice.randrange(1, len(data))], dice.choice(tuple(End)))


FRAMING: tuple[Damage, ...] = (
    _length,
    _too_long,
    _too_short,
    _two_lengths,
    _length_and_chunks,
    _coding,
    _two_codings,
    _hidden_coding,
    _chunks,
    _old_chunks,
    _body_of_get,
    _pipeline,
    _broken_pipeline,
    _protocol,
    _expectation,
    _upgrade,
    _cut,
)
