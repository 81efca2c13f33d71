"""A line is a request or says what is wrong with it."""

import json
from typing import Any

import pytest

from gateway.batches.parsing import is_blank, parse
from gateway.batches.splitting import RawLine
from imgdiff.options import AssetRef, DifferenceCaptionsRequest, SynthesisRequest

ASSET = "sha256:" + "a" * 64
PAIR = {"image1": {"asset": ASSET}, "image2": {"asset": ASSET}}
LIMIT = 10_000


def _line(content: bytes | dict[str, Any]) -> RawLine:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return RawLine(data, len(data), "")


def test_a_line_of_a_pair_names_its_images() -> None:
    parsed = parse(_line({"custom_id": "a", "body": PAIR}), 7, LIMIT)

    assert (parsed.number, parsed.custom_id, parsed.error) == (7, "a", None)
    assert isinstance(parsed.request, DifferenceCaptionsRequest)
    assert parsed.images == dict.fromkeys(("/body/image1", "/body/image2"), AssetRef(asset=ASSET))


def test_a_line_in_the_form_of_other_batch_files_is_taken() -> None:
    body = {"operation": "remove", "image": {"asset": ASSET}}
    line = {"custom_id": "s", "method": "POST", "url": "/v1/syntheses", "body": body}

    assert isinstance(parse(_line(line), 1, LIMIT).request, SynthesisRequest)


def test_a_byte_order_mark_is_skipped_at_the_start_of_the_file_only() -> None:
    line = _line(b"\xef\xbb\xbf" + json.dumps({"custom_id": "a", "body": PAIR}).encode())

    assert parse(line, 1, LIMIT).error is None
    assert parse(line, 2, LIMIT).error is not None


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"{", "json_invalid", "not JSON"),
        (b'{"custom_id": "a", "body": "\xff"}', "line.not_utf8", "byte 28"),
        (
            b'{"custom_id": "a", "body": {"options": {"thresholds": {"a": NaN}}}}',
            "finite_number",
            "/body/options/thresholds/a",
        ),
        (
            b'{"custom_id": "a", "body": {"options": {"thresholds": {"a": 1e999}}}}',
            "finite_number",
            "/body/options/thresholds/a",
        ),
        (b"[" * 100_000, "json_invalid", "not JSON"),
        (b"[]", "model_type", "BatchLine"),
        ({"body": PAIR}, "missing", "/custom_id"),
        ({"custom_id": "a\n", "body": PAIR}, "string_pattern_mismatch", "/custom_id"),
        ({"custom_id": "a", "url": "/v1/edits", "body": PAIR}, "enum", "/v1/difference-captions"),
        ({"custom_id": "a", "body": {"image1": {"asset": ASSET}}}, "missing", "/body/image2"),
        ({"custom_id": "a", "body": {**PAIR, "options": {"policy": "x"}}}, "enum", "/body/options/policy"),
        ({"custom_id": "a", "kind": "pair", "body": PAIR}, "extra_forbidden", "/kind"),
    ],
)
def test_what_is_wrong_is_said_of_the_place(content: bytes | dict[str, Any], code: str, detail: str) -> None:
    error = parse(_line(content), 3, LIMIT).error

    assert error is not None
    assert error.errors[0].code == code
    assert detail in error.detail


def test_the_id_of_a_bad_line_is_repeated_as_far_as_it_can_be() -> None:
    assert parse(_line({"custom_id": "a", "body": {}}), 1, LIMIT).custom_id == "a"
    assert parse(_line({"custom_id": "b" * 500, "body": PAIR}), 1, LIMIT).custom_id == "b" * 200
    assert parse(_line(b'{"custom_id": "a", "body": {"options": NaN}}'), 1, LIMIT).custom_id == "a"
    assert parse(_line(b'{"custom_id": "\\ud800", "body": {}}'), 1, LIMIT).custom_id is None, "no JSON: half a pair"
    assert parse(_line({"custom_id": 1, "body": PAIR}), 1, LIMIT).custom_id is None


def test_a_line_that_is_too_long_says_so() -> None:
    error = parse(RawLine(None, 20_000, ""), 1, LIMIT).error

    assert error is not None
    assert "20000 bytes; 10000 are the limit" in error.detail


def test_blank_lines_hold_nothing() -> None:
    assert is_blank(_line(b" \r\n"))
    assert not is_blank(RawLine(None, 5, ""))
