"""The text of a key."""

import hashlib
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.key_text import new_key, parse, redact
from imgdiff.errors import Unauthorized

LETTERS = string.ascii_letters + string.digits


def test_a_key_has_256_random_bits_and_reads_back() -> None:
    key = new_key()

    assert re.fullmatch(r"imgdiff_[0-9a-z]{12}_[0-9A-Za-z]{49}", key.text)
    assert parse(key.text) == key
    assert 62**43 > 2**256
    assert len({new_key().text[21:] for _ in range(100)}) == 100


@given(st.integers(21, 69), st.sampled_from(LETTERS))
def test_any_wrong_character_is_found_without_asking_anybody(at: int, letter: str) -> None:
    text = new_key().text
    wrong = text[:at] + letter + text[at + 1 :]

    if wrong != text:
        with pytest.raises(Unauthorized, match="checksum"):
            parse(wrong)


@pytest.mark.parametrize("text", ["", "x", "imgdiff_", "imgdiff_short_1", "a" * 31, "a" * 513, "ä" * 40, "a b" * 20])
def test_what_cannot_be_a_key_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized):
        parse(text)


def test_a_text_of_the_operators_own_has_an_id_that_tells_nothing_of_its_hash() -> None:
    own = "0123456789abcdef" * 3
    key = parse(own)

    assert parse(own) == key
    assert not key.hash.startswith(key.id)
    assert key.hash == hashlib.sha256(own.encode()).hexdigest()


def test_secrets_never_show() -> None:
    key = new_key()
    secret = key.text.rsplit("_", 1)[1]

    assert secret not in repr(key)
    assert redact(f"GET /v1/jobs?key={key.text}&a=1") == f"GET /v1/jobs?key=imgdiff_{key.id}_...&a=1"
    assert redact(key.text[:40]) == f"imgdiff_{key.id}_..."
    assert redact("imgdiff_gateway_requests_total") == "imgdiff_gateway_requests_total"
