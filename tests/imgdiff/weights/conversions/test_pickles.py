"""Pickles give arrays and nothing else."""

import os
import pickle

import numpy as np
import pytest

from imgdiff.weights.conversions.pickles import read_arrays


class _Runs:
    def __reduce__(self):
        return os.getcwd, ()


def test_arrays_come_back_as_they_were():
    read = read_arrays(pickle.dumps({"layer": [np.arange(3, dtype=np.float32)]}))

    assert isinstance(read, dict)
    assert read["layer"][0].tolist() == [0, 1, 2]


def test_anything_that_would_run_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="not a plain array"):
        read_arrays(pickle.dumps(_Runs()))
