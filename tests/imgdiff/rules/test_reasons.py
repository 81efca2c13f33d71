"""Reason codes are unique and have one form."""

from imgdiff.rules.reasons import BY_CODE, REASONS


def test_gate_codes_are_unique_and_named_subject_dot_finding() -> None:
    assert len(BY_CODE) == len(REASONS)
    assert all(code.count(".") == 1 for code in BY_CODE)
