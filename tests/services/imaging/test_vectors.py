"""Unit vectors and the cosine of two of them."""

import numpy as np
import pytest

from services.imaging.vectors import cosine, normalize


def test_every_row_gets_unit_length_and_zero_stays_zero() -> None:
    rows = normalize(np.array([[3, 4], [0, 0]], np.float32))
    assert rows.tolist() == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))


def test_a_vector_is_not_more_than_itself() -> None:
    longer = np.full(3, 0.6, np.float32)
    assert cosine(longer, longer) == 1.0
    assert cosine(longer, -longer) == -1.0


def test_a_network_that_returned_no_numbers_is_an_error() -> None:
    with pytest.raises(FloatingPointError, match="not finite"):
        cosine(np.array([np.nan], np.float32), np.array([1], np.float32))
