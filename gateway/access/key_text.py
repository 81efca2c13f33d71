"""The text of an API key: `imgdiff_ID_SECRET`, whose last six characters are a checksum.

The fixed start and the checksum let scanners find a key in a repository without asking anybody. The secret has 256
random bits, so one SHA-256 of it is as hard to invert as the key is to guess: slow password hashes only help against
texts that people choose, and would cost every request their time.
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass

from gateway.settings import SHORTEST_KEY
from imgdiff.errors import Unauthorized

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_DIGITS = string.digits + string.ascii_lowercase
_ID, _SECRET, _SUM = 12, 43, 6  # characters; 43 of 62 kinds hold 256 bits, 6 the 32 of CRC-32
_FORM = re.compile(rf"imgdiff_([0-9a-z]{{{_ID}}})_([0-9A-Za-z]{{{_SECRET}}})([0-9A-Za-z]{{{_SUM}}})")
_ANYWHERE = re.compile(r"imgdiff_([0-9a-z]{12})_[0-9A-Za-z]{8,}")  # also a part of one, such as a cut line
_OWN = re.compile(rf"[\x21-\x7e]{{{SHORTEST_KEY},512}}")  # a text that an operator chose as the first key


@dataclass(frozen=True)
class KeyText:
    """A key as its owner sends it; only `id` and `hash` leave this module besides the text itself."""

    id: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 of the text, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"KeyText({self.id})"


def new_key() -> KeyText:
    """A key with a random id and 256 random bits."""
    found = "".join(secrets.choice(_ID_DIGITS) for _ in range(_ID))
    start = f"imgdiff_{found}_{_base62(secrets.randbits(256), _SECRET)}"
    return KeyText(found, start + _checksum(start))


def parse(text: str) -> KeyText:
    """The key in this text; raises Unauthorized for anything that cannot be one.

    A text of 32 visible characters or more in another form is a key that an operator chose; its id derives from it.
    """
    match = _FORM.fullmatch(text)
    if match is not None:
        if _checksum(text[:-_SUM]) != match[3]:
            raise Unauthorized("the API key has a typing error: its checksum is wrong")
        return KeyText(match[1], text)
    if text.startswith("imgdiff_") or not _OWN.fullmatch(text):
        raise Unauthorized("the API key is cut off or altered; it looks like imgdiff_ID_SECRET")
    return KeyText(hashlib.sha256(b"id of the key " + text.encode()).hexdigest()[:_ID], text)


def redact(text: str) -> str:
    """The text with the secret of every key in it left out."""
    return _ANYWHERE.sub(r"imgdiff_\1_...", text)


def _checksum(start: str) -> str:
    return _base62(zlib.crc32(start.encode()), _SUM)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
