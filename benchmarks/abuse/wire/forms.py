"""Broken multipart forms."""

import random
from collections.abc import Sequence

from benchmarks.abuse.wire.request import Abuse, Damage, End, Target, write_post

_BOUNDARY = "frontier"
_FORM_PATHS = ("/v1/difference-captions", "/v1/syntheses", "/v1/assets", "/v1/donors")
_BOUNDARIES = (
    "",
    '""',
    '"',
    " ",
    "a" * 70,
    "a" * 10_000,
    "é",
    "a b",
    "a\tb",
    "--",
    "'",
    "=",
    "a;b",
    "\\",
    "%0d%0a",
    "\x01",
)
_DISPOSITIONS = (
    "",
    "form-data",
    "form-data; name",
    'form-data; name=""',
    'form-data; name="image1',
    'form-data; name="image1"; filename="../../etc/passwd"',
    "form-data; name=\"image1\"; filename*=UTF-8''%ff%fe",
    "form-data; name=\"image1\"; filename*=x'y'%zz",
    'form-data; name="image1"; filename="' + "a" * 100_000 + '"',
    'form-data; name="image1"; filename="\x00"',
    'form-data; name="image1"; name="image2"; filename="a"',
    'form-data; name*0="ima"; name*1="ge1"; filename="a"',
    'form-data; name="image1\x00"; filename="a"',
    'form-data; name="\\"; filename="a"',
    'attachment; name="image1"; filename="a"',
    "form-data" + '; a="b"' * 20_000,
    'FORM-DATA; NAME="image1"; FILENAME="a"',
    'form-data; name="image1"; filename=',
    'form-data; name="image1"; filename="\ud83d\ude00"'.encode("utf-16", "surrogatepass").decode("utf-16"),
)
_PART_FIELDS = (
    "Content-Type",
    ": nothing",
    "Content-Type: image/png\r\n folded",
    "Content-Transfer-Encoding: base64",
    "Content-Encoding: gzip",
    "Content-Length: 99999999",
    "Content-Type: multipart/form-data; boundary=frontier",
    "Content-Type: text/plain; charset=utf-16",
    "Content-Type: text/plain; charset=none-such",
    "X: " + "y" * 200_000,
    "\r\n".join(f"X-{number}: y" for number in range(5000)),
    "Content-Disposition: form-data; name=image2",
    "X\x00: y",
)


def _part(name: str, data: bytes, more: str = "", filename: str | None = "a.png") -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'Content-Disposition: form-data; name="{name}"{file}' + (f"\r\n{more}" if more else "")
    return f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"


_CLOSE = f"--{_BOUNDARY}--\r\n".encode()


def _whole(target: Target, path: str) -> Sequence[bytes]:
    """The parts of a right form."""
    if path == "/v1/difference-captions":
        return [_part("image1", target.image), _part("image2", target.image), _part("options", b"{}", filename=None)]
    if path == "/v1/syntheses":
        return [_part("image", target.image), _part("operation", b"remove", filename=None)]
    if path == "/v1/donors":
        donor = b'{"label": "cup", "source": "here", "licence": "MIT", "box": [1, 1, 9, 9]}'
        return [_part("image", target.image), _part("donor", donor, filename=None)]
    return [_part("image", target.image)]


def _post(target: Target, path: str, body: bytes, boundary: str = _BOUNDARY) -> bytes:
    return write_post(target, path, f"multipart/form-data; boundary={boundary}", body)


def _no_boundary(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    kind = dice.choice(
        ("multipart/form-data", "multipart/form-data;", "multipart/mixed", "multipart/form-data; boundary")
    )
    return Abuse("a form without a boundary", write_post(target, path, kind, b"".join(_whole(target, path)) + _CLOSE))


def _strange_boundary(target: Target, dice: random.Random) -> Abuse:
    path, chosen = dice.choice(_FORM_PATHS), dice.choice(_BOUNDARIES)
    body = b"".join(_whole(target, path)) + _CLOSE
    used = body.replace(_BOUNDARY.encode(), chosen.encode()) if dice.random() < 0.5 else body
    return Abuse("a form with a strange boundary", _post(target, path, used, chosen))


def _nested(target: Target, dice: random.Random) -> Abuse:
    path, body = dice.choice(_FORM_PATHS), b""
    for depth in range(dice.choice((1, 10, 2000))):
        kind = f"Content-Type: multipart/mixed; boundary=b{depth}"
        body = _part("image1", f"--b{depth}\r\n\r\n".encode() + body[:100_000] + f"\r\n--b{depth}--".encode(), kind)
    return Abuse("forms in a form", _post(target, path, body + _CLOSE))


def _twice(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    parts = list(_whole(target, path))
    parts += dice.choices(parts, k=dice.choice((1, 3, 200)))
    dice.shuffle(parts)
    return Abuse("parts of one name", _post(target, path, b"".join(parts) + _CLOSE))


def _disposition(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    head = f"--{_BOUNDARY}\r\nContent-Disposition: {dice.choice(_DISPOSITIONS)}\r\n\r\n".encode()
    body = b"".join(_whole(target, path)[1:]) + head + target.image + b"\r\n" + _CLOSE
    return Abuse("a part with a strange disposition", _post(target, path, body))


def _part_fields(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    body = _part("image1" if "captions" in path else "image", target.image, dice.choice(_PART_FIELDS))
    return Abuse("a part with strange fields", _post(target, path, body + b"".join(_whole(target, path)[1:]) + _CLOSE))


def _many_parts(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    name = dice.choice(("image1", "options", "x", "", "operation"))
    filename = dice.choice((None, "a"))
    body = _part(name, b"", filename=filename) * 10_000
    return Abuse("10,000 parts", _post(target, path, body + _CLOSE))


def _not_closed(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    body = b"".join(_whole(target, path)) + dice.choice((b"", b"--frontier", b"--frontier-", b"--frontie"))
    return Abuse("a form without its end", _post(target, path, body))


def _cut(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    body = b"".join(_whole(target, path)) + _CLOSE
    return Abuse("a form that is cut", _post(target, path, body[: dice.randrange(len(body))]))


def _cut_and_gone(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    data = _post(target, path, b"".join(_whole(target, path)) + _CLOSE)
    end = dice.choice((End.HALF_CLOSE, End.RESET))
    return Abuse("a form whose client goes", data[: dice.randrange(len(data))], end)


def _surroundings(target: Target, dice: random.Random) -> Abuse:
    path, noise = dice.choice(_FORM_PATHS), dice.randbytes(dice.choice((1, 1000, 3_000_000)))
    body = b"".join(_whole(target, path)) + _CLOSE
    return Abuse(
        "a form amid noise", _post(target, path, noise + b"\r\n" + body if dice.random() < 0.5 else body + noise)
    )


def _line_ends(target: Target, dice: random.Random) -> Abuse:
    path, end = dice.choice(_FORM_PATHS), dice.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b""))
    parts = (part.replace(b"\r\n", end) for part in _whole(target, path))
    return Abuse("a form with other line ends", _post(target, path, b"".join(parts) + _CLOSE))


def _flipped(target: Target, dice: random.Random) -> Abuse:
    path = dice.choice(_FORM_PATHS)
    body = bytearray(b"".join(_whole(target, path)) + _CLOSE)
    for _ in range(dice.randint(1, 20)):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    return Abuse("a form with flipped bits", _post(target, path, bytes(body)))


def _fields_for_files(target: Target, dice: random.Random) -> Abuse:
    names = dice.sample(("image1", "image2", "options", "image", "donor", "operation", "count", "target_mask"), 4)
    values = (b"", b"\xff\xfe", b"[" * 1000, b"{}", b"1e999", target.image, b"x" * 300_000)
    parts = [_part(name, dice.choice(values), filename=dice.choice((None, "a.png"))) for name in names]
    return Abuse(
        "fields for files, files for fields", _post(target, dice.choice(_FORM_PATHS), b"".join(parts) + _CLOSE)
    )


FORMS: tuple[Damage, ...] = (
    _no_boundary,
    _strange_boundary,
    _nested,
    _twice,
    _disposition,
    _part_fields,
    _many_parts,
    _not_closed,
    _cut,
    _cut_and_gone,
    _surroundings,
    _line_ends,
    _flipped,
    _fields_for_files,
)
