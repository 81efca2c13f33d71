"""The JSON part of a request."""

import pytest

from imgdiff.errors import InvalidRequest
from imgdiff.stages import DetectionRequest
from services.serving.request_part import read_request


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_named(number: str) -> None:
    with pytest.raises(
        InvalidRequest, match=r"/request/thresholds/region\.no_evidence: Input should be a finite number"
    ):
        read_request(f'{{"thresholds": {{"region.no_evidence": {number}}}}}', DetectionRequest)


def test_text_may_say_so() -> None:
    assert read_request('{"caption1": "NaN and Infinity"}', DetectionRequest).caption1 == "NaN and Infinity"


def test_an_unknown_gate_is_named() -> None:
    with pytest.raises(InvalidRequest, match="unknown gate; known: "):
        read_request('{"thresholds": {"region.nonsense": 1}}', DetectionRequest)
